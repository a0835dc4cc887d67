// @ts-check
/** A year of focus, a square for each day; and in words, and as a table by months. */
import { dateText, durationText } from "../../domain/format.js";
import { halvesUpTo, monthsOf, summaryOf } from "../../domain/heatmap.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html, useMemo, useState } from "../shared/html.js";
import { Segments } from "../shared/segments.js";
import { useSteps } from "../shared/steps.js";

const STEP = 14;
const SIDE = 11;
const TOP = 18;
const WEEKS_AT_ONCE = 2;
const LATEST = "latest";
const YEARS = 3;
const LEGEND = [0, 1, 2, 3, 4];

/** @typedef {import("../../domain/heatmap.js").Half} Half */

/** @typedef {{date: string, seconds: number}} Day */

/** @param {{days: Day[], today: string, own: boolean}} props  `days`: of the last twelve months; one's own years can be chosen */
export function Heatmap({ days: latest, today, own }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  const [shown, setShown] = useState(/** @type {{year: number, days: Day[]}|null} */ (null));
  const days = shown?.days ?? latest;
  const until = shown ? `${shown.year}-12-31` : today;
  const halves = useMemo(() => halvesUpTo(days, until), [days, until]);
  const thisYear = Number(today.slice(0, 4));
  const choose = (/** @type {string} */ value) =>
    value === LATEST ? setShown(null) : attempt.run(async () => setShown({ year: Number(value), days: await actions.people.heat(Number(value)) }));
  const years = Array.from({ length: YEARS }, (_, index) => String(thisYear - index));
  const { days: count, seconds, best } = summaryOf(days);
  const text = best ? t("heat.summary", { count, time: durationText(seconds), best: dateText(best.date, "long"), most: durationText(best.seconds) }) : t("heat.none");
  return html`<section class="panel heat" aria-labelledby="heat-title">
    <header class="panel-head heat-head"><h2 id="heat-title">${shown ? t("heat.year", { year: String(shown.year) }) : t("heat.title")}</h2>
      ${own && html`<${Segments} label=${t("heat.years")} value=${shown ? String(shown.year) : LATEST} onChange=${choose} options=${[{ value: LATEST, label: t("heat.latest") }, ...years.map((year) => ({ value: year, label: year }))]} />`}
    </header>
    <p class="quiet">${text}</p>
    <div class="heat-halves" role="img" aria-label=${text}>${halves.map((half, index) => html`<${OneHalf} key=${index} half=${half} />`)}</div>
    <div class="heat-foot">
      <p class="legend heat-legend" aria-hidden="true">${t("heat.less")}${LEGEND.map((level) => html`<svg key=${level} viewBox="0 0 12 12" width="14" height="14"><rect class="heat-${level}" x="0.5" y="0.5" width=${SIDE} height=${SIDE} rx="2.5" /></svg>`)}${t("heat.more")}</p>
      ${best && html`<details class="heat-table"><summary>${t("heat.table")}</summary><${Months} days=${days} /></details>`}
    </div>
  </section>`;
}

/** @param {{half: Half}} props */
function OneHalf({ half: { weeks, labels } }) {
  const count = useSteps(weeks, weeks.length, WEEKS_AT_ONCE);
  return html`<svg viewBox="0 0 ${weeks.length * STEP} ${TOP + 7 * STEP}" aria-hidden="true" focusable="false">
    ${labels.map(({ week, date }) => html`<text key=${date} x=${week * STEP} y="11">${dateText(date, "monthOnly")}</text>`)}
    ${weeks.slice(0, count).map((week, column) =>
      week.map(
        (cell, row) => cell && html`<rect key=${cell.date} class="heat-${cell.level}" x=${column * STEP + 1} y=${TOP + row * STEP} width=${SIDE} height=${SIDE} rx="2.5">
          <title>${dateText(cell.date, "long")}: ${cell.seconds > 0 ? durationText(cell.seconds) : t("heat.nothing")}</title></rect>`,
      ),
    )}
  </svg>`;
}

/** @param {{days: {date: string, seconds: number}[]}} props */
function Months({ days }) {
  return html`<table><thead><tr><th scope="col">${t("heat.month")}</th><th scope="col">${t("heat.days")}</th><th scope="col">${t("heat.time")}</th></tr></thead>
    <tbody>${monthsOf(days).map(({ month, days: count, seconds }) => html`<tr key=${month}><th scope="row">${dateText(month, "month")}</th><td class="digits">${count}</td><td class="digits">${durationText(seconds)}</td></tr>`)}</tbody></table>`;
}
