// @ts-check
/** The running timer, or the place where it will be: both are as high, so that nothing moves when it starts. */
import { clockText, colorOf, timeText } from "../../domain/format.js";
import { works } from "../../domain/pomodoro.js";
import { secondsOf } from "../../domain/timer.js";
import { t } from "../../text/t.js";
import { useApp, useNow } from "../shared/app-context.js";
import { html, useEffect, useState } from "../shared/html.js";
import { Dot, Icon } from "../shared/icon.js";
import { useProject } from "../shared/timer-state.js";
import { EntryEditor } from "./entry-editor.js";
import { PhaseFace } from "./phase-face.js";

/** @typedef {import("../../domain/types.js").Entry} Entry */

const EDIT_BUTTON = "edit-timer";

/** @param {{entry: Entry|null, zone: string}} props */
export function TimerCard({ entry, zone }) {
  const { actions, state } = useApp();
  const [editing, setEditing] = useState(false);
  useEffect(() => setEditing(false), [entry === null]);
  const { pomodoro } = state;
  const inPhase = pomodoro.on && (!entry || works(pomodoro));
  if (entry && editing) {
    return html`<div class="timer-now running">
      <${EntryEditor} entry=${entry} zone=${zone} opener=${EDIT_BUTTON} onClose=${() => setEditing(false)} />
    </div>`;
  }
  if (inPhase) return html`<${PhaseFace} entry=${entry} what=${entry && html`<${What} entry=${entry} />`} onEdit=${() => setEditing(true)} editButton=${EDIT_BUTTON} />`;
  return html`<div class=${entry ? "timer-now running" : "timer-now"}>
    <div class="timer-what">${entry ? html`<${What} entry=${entry} />` : html`<span class="quiet">${t("timer.ready")}</span>`}</div>
    <${Digits} entry=${entry} />
    <button type="button" class="toggle ${entry ? "toggle-stop" : "toggle-start"}" aria-label=${t(entry ? "timer.stop" : "timer.start")}
      title=${t(entry ? "timer.stop.key" : "timer.start.key")} onClick=${actions.timer.toggle}><${Icon} name=${entry ? "stop" : "play"} /></button>
    <div class="timer-meta">
      ${entry
        ? html`<span>${t(entry.pending && state.connection.phase !== "live" ? "timer.unsaved" : "timer.since", { time: timeText(Date.parse(entry.started_at), zone) })}</span>
            <button type="button" id=${EDIT_BUTTON} class="text-button" onClick=${() => setEditing(true)}>${t("action.edit")}</button>
            <button type="button" class="text-button" onClick=${actions.timer.discard}>${t("action.discard")}</button>
            ${pomodoro.on && html`<button type="button" class="text-button" onClick=${actions.pomodoro.attach}>${t("pomodoro.attach")}</button>`}`
        : html`<span class="quiet">${t("timer.hint")}</span>`}
    </div>
  </div>`;
}

/** @param {{entry: Entry|null}} props */
function Digits({ entry }) {
  const now = useNow();
  // Not a live region: a screen reader must not read every second.
  return html`<div class="digits big" role="timer" aria-live="off">${clockText(entry ? secondsOf(entry, now) : 0)}</div>`;
}

/** @param {{entry: Entry}} props */
function What({ entry }) {
  const project = useProject(entry.project_id);
  return html`<strong class=${entry.description ? "" : "quiet"}>${entry.description || t("timer.untitled")}</strong>
    ${project && html`<span class="project-name"><${Dot} color=${colorOf(project.color)} />${project.name}</span>`}
    ${entry.tags.map((tag) => html`<span key=${tag} class="tag">#${tag}</span>`)}`;
}
