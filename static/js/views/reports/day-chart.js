// @ts-check
import { dayBegins, knownZone, shift } from "../../domain/days.js";
import { dateText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { DayRibbon } from "../today/day-ribbon.js";

/** When a day was worked. @param {{date: string, entries: import("../../domain/types.js").Entry[]}} props */
export function DayChart({ date, entries }) {
  const { state, now } = useApp();
  const { user } = state.session;
  const zone = knownZone(user?.timezone);
  const starts = user?.day_starts_at ?? 0;
  const day = { date, from: dayBegins(date, zone, starts), to: dayBegins(shift(date, 1), zone, starts) };
  return html`<section class="panel report-bars" aria-labelledby="report-day-title">
    <h3 id="report-day-title">${t("reports.bars.day")}</h3>
    <${DayRibbon} day=${day} zone=${zone} entries=${entries.filter(({ ended_at }) => ended_at !== null)} now=${now()} label=${t("reports.ribbon", { date: dateText(date, "full") })} />
  </section>`;
}
