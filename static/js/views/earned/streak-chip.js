// @ts-check
import { streakAt } from "../../domain/streak.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

/** The streak at a glance, and whether today is still to be done. */
export function StreakChip() {
  const { state, now } = useApp();
  if (!state.streak) return null;
  const { current, today_done } = streakAt(state.streak, now());
  if (current === 0) return null;
  const text = t("streak.days", { count: current });
  return html`<a class=${today_done ? "streak-chip is-done" : "streak-chip"} href="/streak" aria-label=${t(today_done ? "streak.chip.done" : "streak.chip.open", { days: text })}>
    <${Icon} name="flame" /><b class="digits">${text}</b>${!today_done && html`<span class="streak-chip-open">${t("streak.chip.today")}</span>`}
  </a>`;
}
