// @ts-check
/** One day of the history: its date, its total, its entries. */
import { knownZone } from "../../domain/days.js";
import { clockText, dateText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { html } from "../shared/html.js";
import { EntryEditor } from "../today/entry-editor.js";
import { HistoryRow } from "./history-row.js";

/**
 * @param {{
 *   day: import("../../domain/history.js").DayOfParts, seconds: number, today: string, choosing: import("./history-row.js").Choosing,
 *   editing: string|null, onEdit: (key: string|null) => void, onSplit: (entry: import("../../domain/types.js").Entry) => void,
 * }} props  `seconds`: of the whole day, also of what is not read yet
 */
export function DaySection({ day, seconds, today, choosing, editing, onEdit, onSplit }) {
  const ids = day.parts.map(({ entry }) => entry.id);
  const all = ids.every((id) => choosing.ids.has(id));
  const date = nameOf(day.date, today);
  return html`<section class="history-day" aria-labelledby="day-${day.date}">
    <header>
      ${choosing.selecting &&
      html`<label class="row-choice"><input type="checkbox" checked=${all} aria-label=${t("past.choose.day", { date })}
        onChange=${(/** @type {any} */ event) => choosing.toggle(ids, event.currentTarget.checked)} /></label>`}
      <h2 id="day-${day.date}">${date}</h2>
      <p class="digits day-total">${clockText(seconds)}</p>
    </header>
    <ul class="rows">
      ${day.parts.map((part) => {
        const key = `${part.entry.id}-${part.date}`;
        return html`<li key=${key} class=${key === editing ? "row-editing" : ""}>
          ${key === editing
            ? html`<${EntryEditor} entry=${part.entry} zone=${knownZone(part.entry.timezone)} opener="edit-${key}" onClose=${() => onEdit(null)} canDelete />`
            : html`<${HistoryRow} part=${part} choosing=${choosing} onEdit=${() => onEdit(key)} onSplit=${() => onSplit(part.entry)} />`}
        </li>`;
      })}
    </ul>
  </section>`;
}

/** Today by its name, this year's days without the year. @param {string} date @param {string} today */
function nameOf(date, today) {
  if (date === today) return t("past.range.today");
  return dateText(date, date.slice(0, 4) === today.slice(0, 4) ? "long" : "full");
}
