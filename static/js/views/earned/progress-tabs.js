// @ts-check
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";

const PLACES = ["streak", "badges", "timeline"];

/** The pages of what one has done, beside each other. */
export function ProgressTabs() {
  const { route, session } = useApp().state;
  const profile = `/people/${session.user?.id}`;
  return html`<nav class="tabs" aria-label=${t("nav.progress")}>
    ${PLACES.map((name) => html`<a key=${name} href="/${name}" aria-current=${route.name === name ? "page" : undefined}>${t(`tabs.${name}`)}</a>`)}
    <a href=${profile} aria-current=${route.path === profile ? "page" : undefined}>${t("tabs.profile")}</a>
  </nav>`;
}
