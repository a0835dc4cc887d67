// @ts-check
import { countText } from "../../domain/news.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

/** How many notifications are unread; leads to them. */
export function Bell() {
  const { news, route } = useApp().state;
  const label = news.unread > 0 ? t("bell.unread", { count: news.unread }) : t("bell.none");
  return html`<a class="bell" href="/notifications" aria-label=${label} title=${label} aria-current=${route.name === "notifications" ? "page" : undefined}>
    <${Icon} name="bell" />${news.unread > 0 && html`<b class="bell-count digits" aria-hidden="true">${countText(news.unread)}</b>`}
  </a>`;
}
