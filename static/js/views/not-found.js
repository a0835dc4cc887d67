// @ts-check
import { html } from "./shared/html.js";
import { t } from "../text/t.js";

/** An address that means nothing here, or nothing to this person. */
export function NotFound() {
  return html`<section class="page narrow">
    <h1 tabindex="-1">${t("notFound.title")}</h1>
    <p class="quiet">${t("notFound.text")}</p>
    <p><a class="button" href="/">${t("notFound.back")}</a></p>
  </section>`;
}
