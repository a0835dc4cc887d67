// @ts-check
/** Where the browser offers to install the page as an app, the page offers it itself, in its settings and its menu. */

/** @typedef {Event & {prompt: () => Promise<any>}} Offer */

/** @param {import("../app.js").Parts} parts */
export function offerInstall({ store }) {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    const offer = /** @type {Offer} */ (event);
    store.set({
      install() {
        store.set({ install: null }); // it can be used once; who declines is asked again by the browser, later
        void offer.prompt().catch(() => {});
      },
    });
  });
  addEventListener("appinstalled", () => store.set({ install: null }));
}

/** A browser of a telephone that installs pages by its own menu alone, and this page is not installed. */
export function installsByMenu() {
  return "standalone" in navigator && navigator.standalone === false;
}
