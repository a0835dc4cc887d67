// @ts-check
/** Summaries of a span of days, and focus by day: read anew when entries change. */
import { grainOf, lastYear } from "../domain/reports.js";
import { stepOf } from "../domain/periods.js";
import { asApiError } from "../net/api-error.js";

const SOON_MS = 600;

/**
 * @typedef {import("../domain/reports.js").Query} Query
 * @typedef {import("../domain/reports.js").Group} Group
 * @typedef {{
 *   query: Query, status: "loading"|"shown"|"failed", total: number, before: number, groups: Group[], tags: Group[],
 *   entries: import("../domain/types.js").Entry[],
 * }} Shown  `before`: the total of the span before; `entries`: of a single day, for when it was worked.
 */

/** @param {import("../app.js").Parts} parts */
export function createReportActions(parts) {
  const { store, api } = parts;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let soon;
  let loads = 0;

  /** @param {Query} query @param {import("../domain/periods.js").Span} span @param {string} group_by */
  const summary = ({ project_id, tag }, span, group_by) =>
    api.get("/reports/summary", { group_by, from: span.from, to: span.to, project_id: project_id ?? undefined, tag: tag || undefined });

  const actions = {
    /** What was shown stays until the new one is there. @param {Query} query */
    open(query) {
      store.set(({ report }) => ({ report: report ? { ...report, status: "loading" } : null }));
      void actions.load(query);
    },
    close() {
      loads += 1;
      store.set({ report: null });
    },
    /** @param {Query} query */
    async load(query) {
      const load = (loads += 1);
      try {
        const [all, tags, before, entries] = await Promise.all([
          summary(query, query.span, `${grainOf(query.unit)},project`),
          summary(query, query.span, "tag"),
          summary(query, stepOf(query.unit, query.span, -1), "month"),
          query.unit === "day" ? api.all("/time-entries", { from: query.span.from, to: query.span.to, project_id: query.project_id ?? undefined, tag: query.tag || undefined }) : [],
        ]);
        if (load !== loads) return;
        store.set({ report: { query, status: "shown", total: all.total_seconds, before: before.total_seconds, groups: all.groups, tags: tags.groups, entries } });
      } catch (caught) {
        if (load !== loads) return;
        store.set(({ report }) => ({ report: report ? { ...report, status: "failed" } : { query, status: "failed", total: 0, before: 0, groups: [], tags: [], entries: [] } }));
        if (store.get().session.status === "in") parts.actions.notices.failed(asApiError(caught));
      }
    },
    /** @param {string} name */
    event(name) {
      if (/^(timer:(stopped|discarded)|entry:)/.test(name)) actions.reloadSoon();
    },
    reloadSoon() {
      clearTimeout(soon);
      soon = setTimeout(() => {
        const { report } = store.get();
        if (report) void actions.load(report.query);
      }, SOON_MS);
    },
    /** Focus by day, of the last twelve months. @param {string} today */
    async heat(today) {
      const year = Number(today.slice(0, 4));
      const years = await Promise.all([year - 1, year].map((each) => parts.actions.people.heat(each)));
      return lastYear(years.flat(), today);
    },
  };
  return actions;
}
