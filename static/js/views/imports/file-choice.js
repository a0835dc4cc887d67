// @ts-check
/** Where a file is dropped, or chosen. */
import { sizeText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { html, useRef, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

/** @param {{chosen: File|null, busy: boolean, onFile: (file: File) => void}} props */
export function FileChoice({ chosen, busy, onFile }) {
  const input = useRef(/** @type {HTMLInputElement|null} */ (null));
  const [over, setOver] = useState(false);
  const take = (/** @type {FileList|null|undefined} */ files) => {
    const file = files?.[0];
    if (file && !busy) onFile(file);
    if (input.current) input.current.value = ""; // the same file may be chosen again, after it was mended
  };
  const stop = (/** @type {DragEvent} */ event, /** @type {boolean} */ on) => {
    event.preventDefault();
    setOver(on);
  };
  const onDrop = (/** @type {DragEvent} */ event) => {
    stop(event, false);
    take(event.dataTransfer?.files);
  };
  return html`<div class=${over ? "drop is-over" : "drop"} onDragEnter=${(/** @type {any} */ event) => stop(event, true)} onDragOver=${(/** @type {any} */ event) => stop(event, true)}
      onDragLeave=${(/** @type {any} */ event) => stop(event, false)} onDrop=${onDrop}>
      <${Icon} name="upload" />
      ${chosen
        ? html`<p><b>${t("import.file", { name: chosen.name, size: sizeText(chosen.size) })}</b></p>`
        : html`<p>${t("import.choose.text")}</p><p class="quiet drop-hint">${t("import.choose.drop")}</p>`}
      <button type="button" class=${chosen ? "" : "primary"} disabled=${busy} onClick=${() => input.current?.click()}>${t(chosen ? "import.choose.other" : "import.choose.button")}</button>
      <input ref=${input} type="file" hidden accept=".csv,.json,text/csv,application/json" onChange=${(/** @type {any} */ event) => take(event.currentTarget.files)} />
    </div>
    ${!chosen &&
    html`<details class="import-how"><summary>${t("import.how")}</summary>
      <ul>${["toggl", "clockify", "focushub"].map((key) => html`<li key=${key}>${t(`import.how.${key}`)}</li>`)}</ul></details>`}`;
}
