// @ts-check
/** The page that is open all day: the timer, the day, its entries. */
import { doubtful } from "../../domain/doubt.js";
import { dayText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { useTimer } from "../shared/timer-state.js";
import { StreakChip } from "../earned/streak-chip.js";
import { DaySummary } from "./day-summary.js";
import { DoubtCard } from "./doubt-card.js";
import { EntryList } from "./entry-list.js";
import { ModeBar } from "./mode-bar.js";
import { RecentList } from "./recent-list.js";
import { StartBox } from "./start-box.js";
import { TimerCard } from "./timer-card.js";

export function TodayPage() {
  const { state, now } = useApp();
  const { running, today, day, zone } = useTimer();
  const asked = doubtful(Object.values(state.timer.entries));
  const date = day ? dayText((day.from + day.to) / 2, zone) : dayText(now(), zone);
  return html`<div class="today">
    <header class="today-head"><h1 tabindex="-1">${date}</h1><${StreakChip} /></header>
    ${asked.length > 0 &&
    html`<div class="doubts">${asked.map((entry) => html`<${DoubtCard} key=${entry.id} entry=${entry} day=${day} zone=${zone} />`)}</div>`}
    <section class="panel timer" aria-label=${t("timer.region")}>
      <${ModeBar} />
      <${TimerCard} entry=${running} zone=${zone} />
      <${StartBox} running=${running !== null} />
    </section>
    <div class="today-side">
      ${day && html`<${DaySummary} day=${day} zone=${zone} running=${running} entries=${today} />`}
      <${RecentList} running=${running} today=${today} />
    </div>
    <${EntryList} entries=${today} day=${day} zone=${zone} loaded=${state.timer.loaded} fresh=${state.recent.length === 0} />
  </div>`;
}
