// @ts-check
/** Stands where a page will be whose code is still to come; says so if it does not come. */
import { t } from "../text/t.js";
import { html, useEffect, useState } from "./shared/html.js";

/** @type {typeof import("./later-pages.js")|null} */
let pages = null;
/** @type {Promise<void>|null} */
let coming = null;

/** Fetches the other pages, once; after a failure a later call tries again. @returns {Promise<void>} */
export function fetchPages() {
  coming ??= import("./later-pages.js").then((loaded) => void (pages = loaded));
  coming.catch(() => (coming = null));
  return coming;
}

/** @param {{route: import("../domain/routes.js").Route}} props */
export function Later({ route }) {
  const [, setCame] = useState(pages !== null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (pages) return;
    fetchPages().then(
      () => {
        setCame(true);
        setTimeout(focusHeading); // as following a link does, now that there is a heading
      },
      () => setFailed(true),
    );
  }, []);
  if (pages) return html`<${pages.LaterPage} route=${route} />`;
  if (!failed) return html`<div class="page-coming" aria-busy="true"><span class="sr-only">${t("later.coming")}</span></div>`;
  return html`<section class="page narrow">
    <h1 tabindex="-1">${t("later.failed")}</h1>
    <p class="quiet">${t("later.failed.text")}</p>
    <button type="button" class="primary" onClick=${() => location.reload()}>${t("later.reload")}</button>
  </section>`;
}

function focusHeading() {
  /** @type {HTMLElement|null} */ (document.querySelector("main h1"))?.focus({ preventScroll: true });
}
