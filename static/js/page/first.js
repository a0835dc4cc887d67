// @ts-check
/** Runs before the first drawing, so that a page that is to be dark never flashes in white. The rest is in actions/look.js. */
try {
  const theme = localStorage.getItem("focushub.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // a browser without storage has the system's colours
}
