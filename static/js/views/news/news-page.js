// @ts-check
/** Notifications, the latest first. */
import { knownZone } from "../../domain/days.js";
import { agoText, dateTimeText } from "../../domain/format.js";
import { wordsOf } from "../../domain/news.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html, useEffect } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

/** @typedef {import("../../domain/news.js").Notification} Notification */

export function NewsPage() {
  const { state, actions } = useApp();
  const attempt = useAttempt();
  useEffect(() => void actions.earned.loadNews(), []);
  const { items, unread, next } = state.news;
  return html`<section class="page news-page">
    <header class="page-head">
      <div><h1 tabindex="-1">${t("news.title")}</h1><p class="quiet" aria-live="polite">${items ? t("news.unread", { count: unread }) : t("loading")}</p></div>
      <button type="button" disabled=${unread === 0 || attempt.busy} onClick=${() => attempt.run(() => actions.earned.readNews())}><${Icon} name="check" />${t("news.read.all")}</button>
    </header>
    ${items?.length === 0 && html`<div class="empty"><p><b>${t("news.empty.title")}</b></p><p>${t("news.empty.text")}</p></div>`}
    ${items && items.length > 0 && html`<ol class="panel news-list" aria-label=${t("news.title")}>${items.map((item) => html`<${OneNews} key=${item.id} item=${item} attempt=${attempt} />`)}</ol>`}
    ${next && html`<button type="button" class="board-more" disabled=${attempt.busy} onClick=${() => attempt.run(actions.earned.loadOlderNews)}>${t("news.more")}</button>`}
  </section>`;
}

/** @param {{item: Notification, attempt: ReturnType<typeof useAttempt>}} props */
function OneNews({ item, attempt }) {
  const { actions, state, now } = useApp();
  const zone = knownZone(state.session.user?.timezone);
  const { text, href, icon } = wordsOf(item);
  const unread = item.read_at === null;
  const at = Date.parse(item.at);
  const read = () => actions.earned.readNews([item.id]);
  const follow = () => {
    if (unread) read().catch(() => {}); // one goes on; it stays unread
  };
  return html`<li class=${unread ? "news is-unread" : "news"}>
    <span class="news-icon"><${Icon} name=${icon} /></span>
    <span class="news-lines">
      ${href ? html`<a href=${href} onClick=${follow}>${text}</a>` : html`<span>${text}</span>`}
      <time class="quiet" datetime=${item.at} title=${dateTimeText(at, zone)}>${agoText(at, now(), zone)}</time>
    </span>
    ${unread && html`<span class="sr-only">${t("news.is.unread")}</span>
      <button type="button" class="icon-button" aria-label=${t("news.read.one", { what: text })} title=${t("news.read")} disabled=${attempt.busy} onClick=${() => attempt.run(read)}><${Icon} name="check" /></button>`}
  </li>`;
}
