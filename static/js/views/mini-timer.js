// @ts-check
/** The running timer in the header, or the phase of one's own that runs, on pages that do not show them anyway. */
import { clockText } from "../domain/format.js";
import { leftOf, works } from "../domain/pomodoro.js";
import { countdownText } from "../domain/room-timer.js";
import { secondsOf } from "../domain/timer.js";
import { t } from "../text/t.js";
import { useApp, useNow } from "./shared/app-context.js";
import { html } from "./shared/html.js";
import { Icon } from "./shared/icon.js";
import { useTimer } from "./shared/timer-state.js";

export function MiniTimer() {
  const { state, actions } = useApp();
  const { running } = useTimer();
  const { pomodoro } = state;
  const run = pomodoro.on && pomodoro.run?.state === "running" ? pomodoro.run : null;
  const now = useNow(run?.endsAt ?? 0);
  if (state.route.name === "today") return null;
  if (run && run.phase !== "work" && !running) {
    const phase = t(`pomodoro.phase.${run.phase}`);
    return html`<a class="mini-room is-${run.phase}" href="/"><span class="sr-only">${t("timer.goTo", { what: phase })}</span><span class="mini-what" aria-hidden="true">${phase}</span>
      <b class="digits" aria-hidden="true">${countdownText(leftOf(run, now))}</b></a>`;
  }
  if (!running) return null;
  const what = running.description || t("timer.untitled");
  return html`<div class="mini-timer">
    <a href="/"><span class="sr-only">${t("timer.goTo", { what })}</span><span class="mini-what" aria-hidden="true">${what}</span>
      <b class="digits" aria-hidden="true">${run && works(pomodoro) ? countdownText(leftOf(run, now)) : clockText(secondsOf(running, now))}</b></a>
    <button type="button" class="icon-button stop" aria-label=${t("timer.stop")} onClick=${actions.timer.stop}><${Icon} name="stop" /></button>
  </div>`;
}
