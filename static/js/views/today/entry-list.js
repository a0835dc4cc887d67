// @ts-check
/** The day's entries, newest first; or, on an empty day, how to begin. */
import { t } from "../../text/t.js";
import { html, useState } from "../shared/html.js";
import { EntryEditor } from "./entry-editor.js";
import { EntryRow } from "./entry-row.js";

/** @typedef {import("../../domain/types.js").Entry} Entry */

/** @param {{entries: Entry[], day: import("../../domain/types.js").Day|null, zone: string, loaded: boolean, fresh: boolean}} props  `fresh`: of somebody who has not tracked anything yet */
export function EntryList({ entries, day, zone, loaded, fresh }) {
  const [editing, setEditing] = useState(/** @type {number|null} */ (null));
  return html`<section class="entries" aria-labelledby="entries-title">
    <h2 id="entries-title">${t("entries.title")}</h2>
    ${entries.length === 0 && loaded && html`<${EmptyDay} fresh=${fresh} />`}
    <ul class="rows">
      ${day &&
      entries.map(
        (entry) => html`<li key=${entry.id} class=${entry.id === editing ? "row-editing" : ""}>
          ${entry.id === editing
            ? html`<${EntryEditor} entry=${entry} zone=${zone} opener="edit-${entry.id}" onClose=${() => setEditing(null)} canDelete />`
            : html`<${EntryRow} entry=${entry} day=${day} zone=${zone} onEdit=${() => setEditing(entry.id)} />`}
        </li>`,
      )}
    </ul>
  </section>`;
}

/** @param {{fresh: boolean}} props */
function EmptyDay({ fresh }) {
  if (!fresh) return html`<p class="empty quiet">${t("empty.today")}</p>`;
  return html`<div class="empty">
    <p><b>${t("empty.title")}</b></p>
    <ol>
      ${["what", "marks", "stop"].map((key) => html`<li key=${key}>${t(`empty.${key}`)}</li>`)}
    </ol>
  </div>`;
}
