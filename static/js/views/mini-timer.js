// @ts-check
/** The running timer in the header, on pages that do not show it anyway. */
import { clockText } from "../domain/format.js";
import { secondsOf } from "../domain/timer.js";
import { t } from "../text/t.js";
import { useApp, useNow } from "./shared/app-context.js";
import { html } from "./shared/html.js";
import { Icon } from "./shared/icon.js";
import { useTimer } from "./shared/timer-state.js";

export function MiniTimer() {
  const { state, actions } = useApp();
  const { running } = useTimer();
  const now = useNow();
  if (!running || state.route.name === "today") return null;
  const what = running.description || t("timer.untitled");
  return html`<div class="mini-timer">
    <a href="/" aria-label=${t("timer.goTo", { what })}><span class="mini-what">${what}</span>
      <b class="digits">${clockText(secondsOf(running, now))}</b></a>
    <button type="button" class="icon-button stop" aria-label=${t("timer.stop")} onClick=${actions.timer.stop}><${Icon} name="stop" /></button>
  </div>`;
}
