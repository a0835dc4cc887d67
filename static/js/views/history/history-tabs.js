// @ts-check
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";

const PLACES = ["history", "reports", "import"];

/** The pages of one's time, beside each other. */
export function HistoryTabs() {
  const { route } = useApp().state;
  return html`<nav class="tabs" aria-label=${t("nav.history")}>
    ${PLACES.map((name) => html`<a key=${name} href="/${name}" aria-current=${route.name === name ? "page" : undefined}>${t(`tabs.${name}`)}</a>`)}
  </nav>`;
}
