// @ts-check
/** Files that leave the page. */

/** What an address answers, kept by the browser as a file. @param {string} address @param {string} [name] */
export function download(address, name = "") {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
}

/** @param {string} name @param {string} text */
export function saveText(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  download(address, name);
  setTimeout(() => URL.revokeObjectURL(address), 10_000); // the browser has begun to read it by then
}
