// @ts-check
/** A bar for each day, or month, in the colours of its projects; each opens its own report. The same as a table. */
import { colorOf, dateText, durationText } from "../../domain/format.js";
import { linesOf } from "../../domain/reports.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html, useRef, useState } from "../shared/html.js";

const HEIGHT = 1000;
const STEP = 100;
const GAP = { week: 24, month: 18, year: 24, day: 0 };
const HOUR = 3600;

/** @typedef {import("../../domain/reports.js").Bar} Bar */

/** @param {{bars: Bar[], unit: import("../../domain/periods.js").Unit, open: (key: string) => string}} props  `open`: the address of a bar's own report */
export function BarChart({ bars, unit, open }) {
  const months = unit === "year";
  const [seen, setSeen] = useState(/** @type {Bar|null} */ (null));
  const lines = linesOf(Math.max(...bars.map(({ seconds }) => seconds)));
  const text = summaryOf(bars, months);
  return html`<section class="panel report-bars" aria-labelledby="report-bars-title">
    <header class="panel-head"><h3 id="report-bars-title">${t(months ? "reports.bars.month" : "reports.bars")}</h3>
      <p class="bar-seen quiet" aria-hidden="true">${seen ? html`<b>${nameOf(seen, months)}</b> ${durationText(seen.seconds)}` : ""}</p></header>
    <p class="sr-only">${text} ${t("reports.bars.hint")}</p>
    <div class="chart">
      <${Scale} lines=${lines} />
      <div class="chart-field" onMouseLeave=${() => setSeen(null)}>
        <${Drawing} bars=${bars} unit=${unit} lines=${lines} seen=${seen?.key ?? null} />
        <${Columns} bars=${bars} unit=${unit} open=${open} onSee=${setSeen} />
      </div>
    </div>
    <details class="heat-table"><summary>${t("reports.table")}</summary><${Table} bars=${bars} months=${months} open=${open} /></details>
  </section>`;
}

/** @param {{bars: Bar[], unit: import("../../domain/periods.js").Unit, lines: number[], seen: string|null}} props */
function Drawing({ bars, unit, lines, seen }) {
  const { projects } = useApp().state;
  const top = lines[lines.length - 1];
  const y = (/** @type {number} */ seconds) => HEIGHT - (seconds / top) * HEIGHT;
  const colorFor = (/** @type {import("../../domain/reports.js").OfProject} */ of) => colorOf(projects?.find(({ id }) => id === of?.id)?.color);
  return html`<svg viewBox="0 0 ${bars.length * STEP} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true" focusable="false">
    ${lines.map((seconds) => html`<line key=${seconds} class="chart-line" x1="0" x2=${bars.length * STEP} y1=${y(seconds)} y2=${y(seconds)} vector-effect="non-scaling-stroke" />`)}
    ${bars.map(({ key, pieces }, index) =>
      pieces.map(
        ({ project, from, seconds }) => html`<rect key="${key}-${project?.id}" class=${seen && seen !== key ? "bar-piece bar-faded" : "bar-piece"} x=${index * STEP + GAP[unit] / 2} width=${STEP - GAP[unit]}
          y=${y(from + seconds).toFixed(2)} height=${((seconds / top) * HEIGHT).toFixed(2)} fill=${colorFor(project)} />`,
      ),
    )}
  </svg>`;
}

/** The bars as links, over the drawing: one of them takes the focus, arrows go on. @param {{bars: Bar[], unit: import("../../domain/periods.js").Unit, open: (key: string) => string, onSee: (bar: Bar|null) => void}} props */
function Columns({ bars, unit, open, onSee }) {
  const months = unit === "year";
  const [active, setActive] = useState(bars[0].key);
  const place = useRef(/** @type {HTMLElement|null} */ (null));
  const at = Math.max(0, bars.findIndex(({ key }) => key === active));
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: bars.length - 1 }[event.key];
    if (to === undefined || !bars[to]) return;
    event.preventDefault();
    setActive(bars[to].key);
    /** @type {HTMLElement|null|undefined} */ (place.current?.querySelectorAll("a")[to])?.focus();
  };
  return html`<ol class="chart-columns chart-${unit}" ref=${place} onKeyDown=${onKeyDown}>
    ${bars.map(
      (bar, index) => html`<li key=${bar.key}><a href=${open(bar.key)} tabindex=${index === at ? "0" : "-1"}
        onMouseEnter=${() => onSee(bar)} onFocus=${() => onSee(bar)} onBlur=${() => onSee(null)}><span class="sr-only">${t("reports.bar", { date: nameOf(bar, months), time: durationText(bar.seconds) })}</span><${Label} bar=${bar} unit=${unit} /></a></li>`,
    )}
  </ol>`;
}

/** @param {{bar: Bar, unit: import("../../domain/periods.js").Unit}} props */
function Label({ bar: { key }, unit }) {
  if (unit === "year") return html`<span aria-hidden="true">${dateText(`${key}-01`, "monthOnly")}</span>`;
  if (unit === "week") return html`<span aria-hidden="true">${dateText(key, "weekday")}</span><span class="quiet" aria-hidden="true">${String(Number(key.slice(8)))}</span>`;
  return html`<span aria-hidden="true" class=${Number(key.slice(8)) % 7 === 1 ? "" : "chart-between"}>${String(Number(key.slice(8)))}</span>`;
}

/** @param {{lines: number[]}} props */
function Scale({ lines }) {
  const top = lines[lines.length - 1];
  return html`<ol class="chart-scale digits" aria-hidden="true">
    ${lines.map((seconds) => html`<li key=${seconds} style=${{ "--at": String(seconds / top) }}>${seconds % HOUR === 0 ? t("reports.hours", { h: seconds / HOUR }) : durationText(seconds)}</li>`)}
  </ol>`;
}

/** @param {{bars: Bar[], months: boolean, open: (key: string) => string}} props */
function Table({ bars, months, open }) {
  const some = bars.filter(({ seconds }) => seconds > 0);
  return html`<table><thead><tr><th scope="col">${t("reports.date")}</th><th scope="col">${t("reports.time")}</th></tr></thead>
    <tbody>${some.map((bar) => html`<tr key=${bar.key}><th scope="row"><a href=${open(bar.key)}>${nameOf(bar, months)}</a></th><td class="digits">${durationText(bar.seconds)}</td></tr>`)}</tbody></table>`;
}

/** @param {Bar} bar @param {boolean} months */
function nameOf({ key }, months) {
  return months ? dateText(`${key}-01`, "month") : dateText(key, "long");
}

/** @param {Bar[]} bars @param {boolean} months */
function summaryOf(bars, months) {
  const some = bars.filter(({ seconds }) => seconds > 0);
  if (some.length === 0) return t("reports.bars.none");
  const best = some.reduce((most, bar) => (bar.seconds > most.seconds ? bar : most));
  const time = durationText(some.reduce((sum, { seconds }) => sum + seconds, 0));
  return t(months ? "reports.bars.said.month" : "reports.bars.said", { count: some.length, time, best: nameOf(best, months), most: durationText(best.seconds) });
}
