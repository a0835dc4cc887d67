// @ts-check
import { clockText, colorOf, dateTimeText, timeText } from "../../domain/format.js";
import { secondsOf } from "../../domain/timer.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { Dot, Icon } from "../shared/icon.js";
import { useProject } from "../shared/timer-state.js";

/** @typedef {import("../../domain/types.js").Entry} Entry */

/** One entry that has ended. @param {{entry: Entry, day: import("../../domain/types.js").Day, zone: string, onEdit: () => void}} props */
export function EntryRow({ entry, day, zone, onEdit }) {
  const { actions } = useApp();
  const what = entry.description || t("timer.untitled");
  return html`<article class=${entry.pending ? "row row-pending" : "row"}>
    <${EntryWhat} entry=${entry} />
    <span class="row-times digits">${timesOf(entry, day, zone)}</span>
    <span class="row-length digits">${clockText(secondsOf(entry, 0, day))}</span>
    <span class="row-actions">
      <button type="button" class="icon-button" aria-label=${t("entry.restart", { what })} title=${t("entry.restart.short")}
        onClick=${() => actions.timer.start(entry)}><${Icon} name="play" /></button>
      <button type="button" id="edit-${entry.id}" class="icon-button" aria-label=${t("entry.edit", { what })} title=${t("action.edit")}
        onClick=${onEdit}><${Icon} name="edit" /></button>
      <button type="button" class="icon-button row-delete" aria-label=${t("entry.delete", { what })} title=${t("action.delete")}
        onClick=${() => actions.entries.delete(entry)}><${Icon} name="trash" /></button>
    </span>
  </article>`;
}

/** What an entry was about. @param {{entry: Entry, more?: any}} props  `more`: further marks */
export function EntryWhat({ entry, more }) {
  const project = useProject(entry.project_id);
  const what = entry.description || t("timer.untitled");
  return html`<div class="row-what">
    <span class=${entry.description ? "row-title" : "row-title quiet"}>${what}</span>
    <span class="row-marks">
      ${project && html`<span class="project-name"><${Dot} color=${colorOf(project.color)} />${project.name}</span>`}
      ${entry.tags.map((tag) => html`<span key=${tag} class="tag">#${tag}</span>`)}
      ${entry.source === "room" && html`<span class="tag">${t("entry.room")}</span>`}
      ${more}
    </span>
  </div>`;
}

/** @param {Entry} entry @param {import("../../domain/types.js").Day} day @param {string} zone */
function timesOf(entry, day, zone) {
  const start = Date.parse(entry.started_at);
  const end = Date.parse(entry.ended_at ?? entry.started_at);
  const from = start < day.from ? dateTimeText(start, zone) : timeText(start, zone);
  return `${from} – ${end > day.to ? dateTimeText(end, zone) : timeText(end, zone)}`;
}
