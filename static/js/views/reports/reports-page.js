// @ts-check
/** Where the time of a day, week, month or year went. */
import { historyAddress, EVERYTHING, projectIn } from "../../domain/history.js";
import { stepOf, spanOf, UNITS } from "../../domain/periods.js";
import { barsOf, reportAddress, reportIn, sharesOf } from "../../domain/reports.js";
import { dateText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { HistoryTabs } from "../history/history-tabs.js";
import { useProjects, useTags } from "../history/filters.js";
import { Heatmap } from "../people/heatmap.js";
import { useApp } from "../shared/app-context.js";
import { Select } from "../shared/field.js";
import { html, useEffect, useMemo } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { useLoaded } from "../shared/loaded.js";
import { Segments } from "../shared/segments.js";
import { BarChart } from "./bar-chart.js";
import { DayChart } from "./day-chart.js";
import { Facts } from "./facts.js";
import { Shares } from "./shares.js";

/** @typedef {import("../../domain/reports.js").Query} Query */

export function ReportsPage() {
  const { state, actions, now } = useApp();
  const today = state.day?.date ?? new Date(now()).toISOString().slice(0, 10);
  const query = useMemo(() => reportIn(state.route.search, today), [state.route.search, today]);
  useEffect(() => actions.reports.open(query), [query]);
  useEffect(() => () => actions.reports.close(), []);
  return html`<section class="page reports-page">
    <header class="page-head"><h1 tabindex="-1">${t("reports.title")}</h1><${HistoryTabs} /></header>
    <${Choices} query=${query} today=${today} />
    <${Report} query=${query} today=${today} />
    <${Year} today=${today} />
  </section>`;
}

/** @param {{query: Query, today: string}} props */
function Choices({ query, today }) {
  const { go } = useApp();
  const { unit, span } = query;
  const ask = (/** @type {Partial<Query>} */ change) => go(reportAddress({ ...query, ...change }, today));
  const onUnit = (/** @type {Query["unit"]} */ next) => ask({ unit: next, span: spanOf(next, today >= span.from && today <= span.to ? today : span.from) });
  const current = spanOf(unit, today);
  const now = current.from === span.from;
  return html`<div class="report-choices">
    <${Segments} label=${t("reports.range")} value=${unit} onChange=${onUnit} options=${UNITS.map((value) => ({ value, label: t(`reports.range.${value}`) }))} />
    <div class="report-steps">
      <button type="button" class="icon-button" aria-label=${t(`reports.previous.${unit}`)} onClick=${() => ask({ span: stepOf(unit, span, -1) })}><${Icon} name="left" /></button>
      <h2 aria-live="polite">${titleOf(query)}</h2>
      <button type="button" class="icon-button" aria-label=${t(`reports.next.${unit}`)} disabled=${span.to >= current.to} onClick=${() => ask({ span: stepOf(unit, span, 1) })}><${Icon} name="right" /></button>
      ${!now && html`<button type="button" class="small" onClick=${() => ask({ span: current })}>${t(`reports.now.${unit}`)}</button>`}
    </div>
    <div class="report-filters">
      <${Select} id="report-project" label=${t("field.project")} value=${query.project_id ?? ""} onChange=${(/** @type {string} */ id) => ask({ project_id: projectIn(id) })}
        options=${[{ value: "", label: t("past.project.all") }, ...useProjects(query.project_id)]} />
      <${Select} id="report-tag" label=${t("past.tag")} value=${query.tag} onChange=${(/** @type {string} */ tag) => ask({ tag })}
        options=${[{ value: "", label: t("past.tag.all") }, ...useTags(query.tag)]} />
    </div>
  </div>`;
}

/** @param {{query: Query, today: string}} props */
function Report({ query, today }) {
  const { state, actions, go } = useApp();
  const shown = state.report;
  const of = shown?.query ?? query;
  const bars = useMemo(() => barsOf(shown?.groups ?? [], of.unit, of.span), [shown?.groups, of]);
  const list = (/** @type {Partial<import("../../domain/history.js").Filter>} */ more) =>
    historyAddress({ ...EVERYTHING, range: "custom", ...of.span, project_id: of.project_id, tag: of.tag, ...more });
  if (!shown) return html`<div class="panel report-waits" aria-busy="true"><p class="sr-only">${t("loading")}</p></div>`;
  if (shown.status === "failed") return html`<div class="empty"><p><b>${t("reports.failed")}</b></p><p><button type="button" onClick=${() => actions.reports.open(query)}>${t("past.again")}</button></p></div>`;
  const open = (/** @type {string} */ key) => reportAddress({ ...query, ...(of.unit === "year" ? { unit: "month", span: spanOf("month", `${key}-01`) } : { unit: "day", span: spanOf("day", key) }) }, today);
  return html`<div class="report" aria-busy=${String(shown.status === "loading")}>
    <${Facts} shown=${shown} bars=${bars} address=${list({})} />
    ${shown.total === 0
      ? html`<div class="empty"><p><b>${t("reports.empty.title")}</b></p><p>${t("reports.empty.text")}</p>
          <p><button type="button" onClick=${() => go(reportAddress({ ...query, span: stepOf(query.unit, query.span, -1) }, today))}>${t("reports.empty.earlier")}</button></p></div>`
      : html`${of.unit === "day" ? html`<${DayChart} date=${of.span.from} entries=${shown.entries} />` : html`<${BarChart} bars=${bars} unit=${of.unit} open=${open} />`}
          <div class="columns">
            <${Shares} title=${t("reports.projects")} by="project" shares=${sharesOf(shown.groups, "project")} total=${shown.total} address=${(/** @type {any} */ share) => list({ project_id: share.project?.id ?? "none" })} />
            <${Shares} title=${t("reports.tags")} by="tag" shares=${sharesOf(shown.tags, "tag")} total=${shown.total} address=${(/** @type {any} */ share) => share.tag && list({ tag: share.tag })} />
          </div>`}
  </div>`;
}

/** The span in words. @param {Query} query */
function titleOf({ unit, span }) {
  if (unit === "day") return dateText(span.from, "full");
  if (unit === "month") return dateText(span.from, "month");
  if (unit === "year") return span.from.slice(0, 4);
  return t("reports.span", { from: dateText(span.from, "short"), to: dateText(span.to, "medium") });
}

/** @param {{today: string}} props */
function Year({ today }) {
  const { actions } = useApp();
  const { value: days } = useLoaded(() => actions.reports.heat(today), [today]);
  return days ? html`<${Heatmap} days=${days} today=${today} own />` : html`<div class="panel heat-waits" aria-hidden="true"></div>`;
}
