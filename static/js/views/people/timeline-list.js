// @ts-check
/** What happened, day by day. */
import { dateText, timeText } from "../../domain/format.js";
import { knownZone } from "../../domain/days.js";
import { byDate, happened } from "../../domain/timeline.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html, useEffect, useMemo } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

/** @typedef {import("../../domain/timeline.js").Item} Item */

/** @param {{path: string, named: boolean, empty: any}} props  `named`: it is of several people */
export function TimelineList({ path, named, empty }) {
  const { state, actions } = useApp();
  useEffect(() => {
    actions.people.openTimeline(path);
    return () => actions.people.closeTimeline();
  }, [path]);
  const timeline = state.timeline?.path === path ? state.timeline : null;
  const zone = knownZone(state.session.user?.timezone);
  const days = useMemo(() => byDate(timeline?.items ?? [], zone), [timeline?.items, zone]);
  if (!timeline?.items) return html`<p class="quiet">${t("loading")}</p>`;
  if (timeline.items.length === 0) return empty;
  return html`<div class="timeline">
    ${days.map(
      ({ date, items }) => html`<section key=${date} aria-labelledby="day-${date}">
        <h3 id="day-${date}" class="timeline-day">${dateText(date, "long")}</h3>
        <ol>${items.map((item) => html`<${OneItem} key=${item.id} item=${item} named=${named} zone=${zone} own=${item.user.id === state.session.user?.id} />`)}</ol>
      </section>`,
    )}
    ${timeline.next && html`<button type="button" class="board-more" disabled=${timeline.busy} onClick=${actions.people.olderTimeline}>${t("news.more")}</button>`}
  </div>`;
}

/** @param {{item: Item, named: boolean, zone: string, own: boolean}} props */
function OneItem({ item, named, zone, own }) {
  const { text, what, href, icon } = happened(item);
  const shown = what && (href ? html`<a href=${href}>${what}</a>` : html`<b>${what}</b>`);
  return html`<li class="happened happened-${item.event_type}">
    <span class="news-icon"><${Icon} name=${icon} /></span>
    <span>${named && html`<a class="happened-who" href="/people/${item.user.id}">${own ? t("happened.you") : item.user.username}</a> `}${text} ${shown}</span>
    <time class="quiet digits" datetime=${item.timestamp}>${timeText(Date.parse(item.timestamp), zone)}</time>
  </li>`;
}
