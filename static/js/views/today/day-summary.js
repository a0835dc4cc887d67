// @ts-check
/** The day at a glance: how much, when, and on what. */
import { clockText, colorOf, durationText } from "../../domain/format.js";
import { totalsOf } from "../../domain/timer.js";
import { t } from "../../text/t.js";
import { useApp, useNow } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { Dot } from "../shared/icon.js";
import { DayGoal } from "./day-goal.js";
import { DayRibbon } from "./day-ribbon.js";

/** @typedef {import("../../domain/types.js").Entry} Entry */

/** @param {{day: import("../../domain/types.js").Day, zone: string, running: Entry|null, entries: Entry[]}} props */
export function DaySummary({ day, zone, running, entries }) {
  const now = useNow();
  const all = running ? [running, ...entries] : entries;
  const totals = totalsOf(all, day, now);
  return html`<aside class="panel summary" aria-labelledby="summary-title">
    <h2 id="summary-title">${t("summary.title")}</h2>
    <p class="digits total">${clockText(totals.total)}</p>
    <${DayGoal} seconds=${totals.total} />
    <${DayRibbon} day=${day} zone=${zone} entries=${all} now=${now} />
    <ul class="shares">
      ${totals.projects.map(({ project_id, seconds }) => html`<${Share} key=${project_id} id=${project_id} seconds=${seconds} />`)}
    </ul>
  </aside>`;
}

/** @param {{id: number|null, seconds: number}} props */
function Share({ id, seconds }) {
  const { projects } = useApp().state;
  const project = projects?.find((each) => each.id === id);
  const name = id === null ? t("summary.noProject") : (project?.name ?? t("entry.otherProject"));
  return html`<li><${Dot} color=${colorOf(project?.color)} /><span>${name}</span><span class="digits">${durationText(seconds)}</span></li>`;
}
