// @ts-check
/** The timer's place while a rhythm of one's own is on: the phase counts down, with what can be done about it. */
import { timeText } from "../../domain/format.js";
import { leftOf, runOf } from "../../domain/pomodoro.js";
import { countdownText, dotsOf, lengthOf } from "../../domain/room-timer.js";
import { t } from "../../text/t.js";
import { useApp, useNow } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { useTimer } from "../shared/timer-state.js";

/** @typedef {import("../../domain/types.js").Entry} Entry @typedef {import("../../domain/pomodoro.js").Run} Run */

/** @param {{entry: Entry|null, what: any, onEdit: () => void, editButton: string}} props */
export function PhaseFace({ entry, what, onEdit, editButton }) {
  const { state, actions } = useApp();
  const { zone } = useTimer();
  const run = runOf(state.pomodoro);
  const verb = verbOf(run, entry !== null);
  const key = entry ? "timer.stop" : `pomodoro.${verb}`;
  return html`<div class="timer-now phase is-${run.phase} ${run.state === "running" ? "running" : ""}">
    <div class="timer-what">${what ?? html`<strong>${t(`pomodoro.phase.${run.phase}`)}</strong>${run.task && html`<span class="quiet">${t("pomodoro.then", { what: run.task.description || t("timer.untitled") })}</span>`}`}</div>
    <${Countdown} run=${run} />
    <button type="button" class="toggle ${entry ? "toggle-stop" : "toggle-start"}" aria-label=${t(key)} title=${t("pomodoro.key", { what: t(key) })}
      onClick=${actions.pomodoro.toggle}><${Icon} name=${entry ? "stop" : "play"} /></button>
    <div class="timer-meta">
      <${Dots} run=${run} />
      ${run.endsAt !== null && html`<span class="quiet">${t("pomodoro.until", { time: timeText(run.endsAt, zone) })}</span>`}
      ${run.state === "paused" && html`<span class="quiet">${t("pomodoro.paused")}</span>`}
      ${entry && html`<button type="button" id=${editButton} class="text-button" onClick=${onEdit}>${t("action.edit")}</button>`}
      ${state.pomodoro.run !== null && html`<button type="button" class="text-button" onClick=${actions.pomodoro.skip}>${t(run.phase === "work" ? "pomodoro.toBreak" : "pomodoro.skip")}</button>
        <button type="button" class="text-button" onClick=${actions.pomodoro.reset}>${t("pomodoro.reset")}</button>`}
    </div>
  </div>`;
}

/** What the round button does. @param {Run} run @param {boolean} runs */
function verbOf({ phase, state }, runs) {
  if (runs) return "stop";
  if (phase === "work") return state === "paused" ? "goOn" : "startWork";
  return state === "waiting" ? "startBreak" : "startWork";
}

/** @param {{run: Run}} props */
function Countdown({ run }) {
  const { rhythm } = useApp().state.pomodoro;
  const left = leftOf(run, useNow(run.endsAt ?? 0));
  const share = left / Math.max(lengthOf(/** @type {any} */ (rhythm), run.phase), left, 1);
  return html`<div class="digits big" role="timer" aria-live="off">${countdownText(left)}</div>
    <i class="phase-bar" style=${{ "--share": share.toFixed(4) }} aria-hidden="true"></i>`;
}

/** The phases of work before the long break. @param {{run: Run}} props */
function Dots({ run }) {
  const { rhythm } = useApp().state.pomodoro;
  const dots = dotsOf(/** @type {any} */ (run), /** @type {any} */ (rhythm)).slice(0, 12);
  return html`<span class="phase-dots" role="img" aria-label=${t("pomodoro.cycle", { cycle: run.cycle, of: rhythm.cycles })}>
    ${dots.map((dot, index) => html`<i key=${index} class="phase-dot phase-dot-${dot}"></i>`)}
  </span>`;
}
