// @ts-check
import { clockText, dateText, durationText, percentText } from "../../domain/format.js";
import { changeOf, meanOf } from "../../domain/reports.js";
import { t } from "../../text/t.js";
import { html } from "../shared/html.js";

/** The span in four numbers. @param {{shown: import("../../actions/reports.js").Shown, bars: import("../../domain/reports.js").Bar[], address: string}} props */
export function Facts({ shown: { query, total, before }, bars, address }) {
  const year = query.unit === "year";
  const best = bars.reduce((most, bar) => (bar.seconds > most.seconds ? bar : most), bars[0]);
  const change = changeOf(total, before);
  const facts = [[t(`reports.before.${query.unit}`), change === null ? t("reports.before.none") : percentText(change, true)]];
  if (query.unit !== "day" && total > 0) {
    const date = year ? dateText(`${best.key}-01`, "month") : dateText(best.key, "short");
    facts.push([t(year ? "reports.mean.month" : "reports.mean"), durationText(meanOf(bars))], [t("reports.best"), t("reports.best.text", { time: durationText(best.seconds), date })]);
  }
  return html`<dl class="panel facts report-facts">
    <div><dt>${t("reports.total")}</dt><dd class="digits report-total">${clockText(total)}</dd></div>
    ${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd class="digits">${value}</dd></div>`)}
    ${total > 0 && html`<div class="report-link"><dt class="sr-only">${t("past.title")}</dt><dd><a href=${address}>${t("reports.entries")}</a></dd></div>`}
  </dl>`;
}
