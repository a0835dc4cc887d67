// @ts-check
/** The entries themselves; or what to do when there are none. */
import { knownZone } from "../../domain/days.js";
import { conditionsOf, EVERYTHING, historyAddress } from "../../domain/history.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html, useState } from "../shared/html.js";
import { DaySection } from "./day-section.js";
import { DeletedRow } from "./history-row.js";

const SKELETON = [0, 1, 2, 3, 4];

/** @typedef {import("../../domain/types.js").Entry} Entry @typedef {import("../../domain/history.js").Filter} Filter */

/**
 * @param {{
 *   history: import("../../actions/history.js").History|null, filter: Filter, entries: Entry[], days: import("../../domain/history.js").DayOfParts[],
 *   today: string, choosing: import("./history-row.js").Choosing, onSplit: (entry: Entry) => void,
 * }} props
 */
export function HistoryList({ history, filter, entries, days, today, choosing, onSplit }) {
  const { state, actions, now } = useApp();
  const [editing, setEditing] = useState(/** @type {string|null} */ (null));
  const zone = knownZone(state.session.user?.timezone);
  const shown = filter.deleted ? entries.length > 0 : days.length > 0;
  if (!history || (history.status === "loading" && !shown)) return html`<${Skeleton} />`;
  if (history.status === "failed") return html`<div class="empty"><p><b>${t("past.failed")}</b></p><p><button type="button" onClick=${() => actions.history.open(filter)}>${t("past.again")}</button></p></div>`;
  return html`<div class="history-list" aria-busy=${String(history.status === "loading")}>
    ${!shown && html`<${Empty} filter=${filter} />`}
    ${filter.deleted
      ? html`<ul class="rows">${entries.map((entry) => html`<li key=${entry.id}><${DeletedRow} entry=${entry} choosing=${choosing} now=${now()} zone=${zone} /></li>`)}</ul>`
      : days.map(
          (day) => html`<${DaySection} key=${day.date} day=${day} seconds=${history.days?.[day.date] ?? day.seconds} today=${today} choosing=${choosing}
            editing=${editing} onEdit=${setEditing} onSplit=${onSplit} />`,
        )}
    ${history.next && html`<button type="button" class="board-more" disabled=${history.busy} onClick=${actions.history.more}>${t(history.busy ? "loading" : "past.more")}</button>`}
    ${!history.next && !filter.deleted && html`<p class="history-end"><a href=${historyAddress({ ...EVERYTHING, deleted: true })}>${t("past.deleted.show")}</a></p>`}
  </div>`;
}

function Skeleton() {
  return html`<div class="history-list" aria-busy="true"><p class="sr-only">${t("loading")}</p>
    <div class="history-skeleton" aria-hidden="true">${SKELETON.map((row) => html`<i key=${row}></i>`)}</div></div>`;
}

/** @param {{filter: Filter}} props */
function Empty({ filter }) {
  if (filter.deleted && conditionsOf(filter) === 0) return html`<div class="empty"><p><b>${t("past.deleted.none")}</b></p></div>`;
  if (conditionsOf(filter) > 0) {
    return html`<div class="empty"><p><b>${t("past.none.title")}</b></p><p>${t("past.none.text")}</p>
      <p><a class="button" href=${historyAddress({ ...EVERYTHING, deleted: filter.deleted })}>${t("past.filters.clear")}</a></p></div>`;
  }
  return html`<div class="empty"><p><b>${t("past.empty.title")}</b></p>
    <ol>${["timer", "add", "import"].map((key) => html`<li key=${key}>${t(`past.empty.${key}`)}</li>`)}</ol>
    <p><a class="button" href="/import">${t("past.empty.import.go")}</a></p></div>`;
}
