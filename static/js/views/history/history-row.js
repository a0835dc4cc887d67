// @ts-check
/** Entries of any day: closed ones with all that can be done to them, deleted ones with their way back. */
import { knownZone } from "../../domain/days.js";
import { clockText, dateText, dateTimeText, durationText, inputText, timeText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { Menu } from "../shared/menu.js";
import { EntryWhat } from "../today/entry-row.js";

/** @typedef {import("../../domain/types.js").Entry} Entry @typedef {import("../../domain/history.js").Part} Part */
/** @typedef {{selecting: boolean, ids: Set<number>, toggle: (ids: number[], on: boolean) => void}} Choosing */

/** @param {{part: Part, choosing: Choosing, onEdit: () => void, onSplit: () => void}} props */
export function HistoryRow({ part, choosing, onEdit, onSplit }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  const { entry } = part;
  const what = entry.description || t("timer.untitled");
  const items = [
    { key: "duplicate", label: t("past.duplicate"), run: () => void attempt.run(() => actions.reshaping.duplicate(entry)) },
    { key: "split", label: t("past.split"), run: onSplit },
    { key: "delete", label: t("action.delete"), danger: true, run: () => void actions.entries.delete(entry) },
  ];
  return html`<article class="row ${choosing.selecting ? "row-choosing" : ""} ${entry.pending ? "row-pending" : ""}" data-id=${entry.id} onClick=${choosing.selecting ? toggleBy(choosing, entry.id) : undefined}>
    ${choosing.selecting && html`<${Choice} entry=${entry} what=${what} choosing=${choosing} />`}
    <${EntryWhat} entry=${entry} more=${html`<${Zone} entry=${entry} />`} />
    <span class="row-times digits">${timesOf(part)}</span>
    <span class="row-length digits">${clockText(part.seconds)}</span>
    <span class="row-actions">
      <button type="button" class="icon-button" aria-label=${t("entry.restart", { what })} title=${t("entry.restart.short")}
        onClick=${() => actions.timer.start(entry)}><${Icon} name="play" /></button>
      <button type="button" id="edit-${entry.id}-${part.date}" class="icon-button" aria-label=${t("entry.edit", { what })} title=${t("action.edit")}
        onClick=${onEdit}><${Icon} name="edit" /></button>
      <${Menu} label=${t("past.actions", { what })} items=${items} disabled=${attempt.busy || entry.pending} />
    </span>
  </article>`;
}

/** @param {{entry: Entry, choosing: Choosing, now: number, zone: string}} props */
export function DeletedRow({ entry, choosing, zone }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  const what = entry.description || t("timer.untitled");
  const own = knownZone(entry.timezone);
  return html`<article class=${choosing.selecting ? "row row-choosing" : "row"} data-id=${entry.id} onClick=${choosing.selecting ? toggleBy(choosing, entry.id) : undefined}>
    ${choosing.selecting && html`<${Choice} entry=${entry} what=${what} choosing=${choosing} />`}
    <${EntryWhat} entry=${entry} more=${entry.deleted_at && html`<span class="quiet">${t("past.deleted.at", { time: dateTimeText(Date.parse(entry.deleted_at), zone) })}</span>`} />
    <span class="row-times digits">${dateTimeText(Date.parse(entry.started_at), own)}</span>
    <span class="row-length digits">${durationText(entry.duration_seconds ?? 0)}</span>
    <span class="row-actions">
      <button type="button" class="small" aria-label=${t("past.restore.what", { what })} disabled=${attempt.busy}
        onClick=${() => attempt.run(() => actions.reshaping.restoreAll([entry.id]))}><${Icon} name="undo" />${t("past.restore")}</button>
    </span>
  </article>`;
}

/** @param {{entry: Entry, what: string, choosing: Choosing}} props */
function Choice({ entry, what, choosing }) {
  return html`<label class="row-choice"><input type="checkbox" checked=${choosing.ids.has(entry.id)} aria-label=${t("past.choose", { what })}
    onChange=${(/** @type {any} */ event) => choosing.toggle([entry.id], event.currentTarget.checked)} /></label>`;
}

/** While one selects, the whole row is as good as its box, which is what keyboards and screen readers use. @param {Choosing} choosing @param {number} id */
function toggleBy(choosing, id) {
  return (/** @type {MouseEvent} */ event) => {
    if (event.target instanceof Element && !event.target.closest("button, a, label")) choosing.toggle([id], !choosing.ids.has(id));
  };
}

/** Where an entry was recorded, if not where one lives now: its times are of there. @param {{entry: Entry}} props */
function Zone({ entry }) {
  const { user } = useApp().state.session;
  if (!user || entry.timezone === user.timezone) return null;
  return html`<span class="tag">${t("past.zone", { zone: entry.timezone.replaceAll("_", " ") })}</span>`;
}

/** Of an entry that began or ended on another day, that day as well. @param {Part} part */
function timesOf({ entry, from, to }) {
  const zone = knownZone(entry.timezone);
  const start = Date.parse(entry.started_at);
  const end = Date.parse(entry.ended_at ?? entry.started_at);
  const text = (/** @type {number} */ at, /** @type {boolean} */ here) => (here ? timeText(at, zone) : t("past.other.day", { date: dateText(inputText(at, zone).slice(0, 10), "short"), time: timeText(at, zone) }));
  return t("past.times", { from: text(start, start === from), to: text(end, end === to) });
}
