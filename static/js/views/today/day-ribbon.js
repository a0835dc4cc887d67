// @ts-check
/** The day as a ribbon, from its first to its last instant: 23, 24 or 25 hours long, as it is. */
import { colorOf, timeText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";

const WIDTH = 1000;
const QUARTERS = [0, 0.25, 0.5, 0.75];

/** @param {{day: import("../../domain/types.js").Day, zone: string, entries: import("../../domain/types.js").Entry[], now: number, label?: string}} props */
export function DayRibbon({ day, zone, entries, now, label = t("summary.ribbon") }) {
  const { projects } = useApp().state;
  const place = (/** @type {number} */ at) => ((Math.min(Math.max(at, day.from), day.to) - day.from) / (day.to - day.from)) * WIDTH;
  const colorFor = (/** @type {number|null} */ id) => colorOf(projects?.find((project) => project.id === id)?.color);
  return html`<div class="ribbon">
    <svg viewBox="0 0 ${WIDTH} 40" preserveAspectRatio="none" role="img" aria-label=${label}>
      <rect class="ribbon-ground" x="0" y="8" width=${WIDTH} height="24" />
      ${entries.map((entry) => {
        const from = place(Date.parse(entry.started_at));
        const to = place(entry.ended_at === null ? now : Date.parse(entry.ended_at));
        return html`<rect key=${entry.id} x=${from.toFixed(1)} y="8" width=${Math.max(to - from, 4).toFixed(1)} height="24" fill=${colorFor(entry.project_id)} />`;
      })}
      ${now >= day.from && now < day.to && html`<rect class="ribbon-now" x=${(place(now) - 3).toFixed(1)} y="2" width="6" height="36" />`}
    </svg>
    <div class="ribbon-hours digits" aria-hidden="true">
      ${QUARTERS.map((quarter) => html`<span key=${quarter}>${timeText(day.from + (day.to - day.from) * quarter, zone)}</span>`)}
    </div>
  </div>`;
}
