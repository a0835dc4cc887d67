// @ts-check
/** The page that is open all day: the timer, the day, its entries. */
import { dayText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { useTimer } from "../shared/timer-state.js";
import { DaySummary } from "./day-summary.js";
import { EntryList } from "./entry-list.js";
import { StartBox } from "./start-box.js";
import { TimerCard } from "./timer-card.js";

export function TodayPage() {
  const { state, now } = useApp();
  const { running, today, day, zone } = useTimer();
  const date = day ? dayText((day.from + day.to) / 2, zone) : dayText(now(), zone);
  return html`<div class="today">
    <h1 tabindex="-1" class="today-date">${date}</h1>
    <section class="panel timer" aria-label=${t("timer.region")}>
      <${TimerCard} entry=${running} zone=${zone} />
      <${StartBox} running=${running !== null} />
    </section>
    ${day && html`<${DaySummary} day=${day} zone=${zone} running=${running} entries=${today} />`}
    <${EntryList} entries=${today} day=${day} zone=${zone} loaded=${state.timer.loaded} />
  </div>`;
}
