// @ts-check
/** One's entries of any time, as the address asks for them: read page by page, kept right by what happens meanwhile. */
import { beyond, byDay, conditions, listQuery, matches, spanIn } from "../domain/history.js";
import { applyEvent, listed, loading, newTimer, remove } from "../domain/timer.js";
import { asApiError } from "../net/api-error.js";

const PAGE = 100;
const MOST_PAGES = 10; // of those that hold nothing for these days
const SOON_MS = 400;
const ENTRY_EVENT = /^(timer:(started|stopped|updated|discarded)|entry:)/;

/**
 * @typedef {import("../domain/types.js").Entry} Entry
 * @typedef {import("../domain/history.js").Filter} Filter
 * @typedef {{
 *   filter: Filter, span: {from: string|null, to: string|null}, timer: import("../domain/timer.js").Timer, next: string|null,
 *   status: "loading"|"shown"|"failed", busy: boolean, days: Record<string, number>|null, total: number|null,
 * }} History  `days`: tracked seconds by date, of all entries asked for and not only of those that were read.
 */

/** @param {import("../app.js").Parts} parts */
export function createHistoryActions(parts) {
  const { store, api } = parts;
  /** @type {Record<string, ReturnType<typeof setTimeout>>} */
  const soon = {};
  let loads = 0;
  let sums = 0;

  /** @param {Filter} filter @param {(history: History) => Partial<History>} change */
  const change = (filter, change) => store.set(({ history }) => (history?.filter === filter ? { history: { ...history, ...change(history) } } : {}));
  const today = () => store.get().day?.date ?? new Date(parts.clock.now()).toISOString().slice(0, 10);

  /** @param {string} name @param {() => Promise<void>} load */
  function later(name, load) {
    clearTimeout(soon[name]);
    soon[name] = setTimeout(() => store.get().history && void load(), SOON_MS);
  }

  /** @param {unknown} caught */
  function failed(caught) {
    const error = asApiError(caught);
    if (store.get().session.status === "in") parts.actions.notices.failed(error);
  }

  /** Pages until there is something to show of them, or as many entries as were shown. @param {Filter} filter @param {string|null} cursor @param {number} [wanted] */
  async function read(filter, cursor, wanted = 1) {
    const query = listQuery(filter, today());
    const span = spanIn(filter, today());
    /** @type {Entry[]} */
    const rows = [];
    let next = cursor;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await api.page("/time-entries", { ...query, limit: PAGE, cursor: next ?? undefined });
      rows.push(...answer.rows);
      next = answer.next;
      if (!next || (rows.length >= wanted && (filter.deleted || byDay(rows, span).length > 0))) break;
    }
    return { rows, next };
  }

  const actions = {
    /** @param {Filter} filter */
    open(filter) {
      const span = spanIn(filter, today());
      store.set({ history: { filter, span, timer: newTimer(), next: null, status: "loading", busy: false, days: null, total: null } });
      void actions.load();
      void actions.sum();
    },
    close: () => store.set({ history: null }),
    /** Reads what is shown, anew; as much of it as there is now. */
    async load() {
      const { history } = store.get();
      if (!history) return;
      const { filter } = history;
      const load = (loads += 1);
      change(filter, ({ timer }) => ({ timer: loading(timer) }));
      try {
        const { rows, next } = await read(filter, null, Object.keys(history.timer.entries).length);
        if (load === loads) change(filter, ({ timer }) => ({ timer: listed(timer, rows), next, status: "shown", busy: false }));
      } catch (caught) {
        if (load !== loads) return;
        change(filter, ({ status }) => ({ status: status === "loading" ? "failed" : status, busy: false }));
        failed(caught);
      }
    },
    async more() {
      const { history } = store.get();
      if (!history?.next || history.busy) return;
      const { filter, next } = history;
      const load = (loads += 1);
      change(filter, () => ({ busy: true }));
      try {
        const page = await read(filter, next);
        // What was read before stays; a list stands only for itself.
        if (load === loads) change(filter, ({ timer }) => ({ timer: listed({ ...timer, touched: Object.keys(timer.entries).map(Number) }, page.rows), next: page.next }));
      } catch (caught) {
        failed(caught);
      } finally {
        if (load === loads) change(filter, () => ({ busy: false }));
      }
    },
    /** Totals come from the same place as reports, so that both say the same. */
    async sum() {
      const { history } = store.get();
      if (!history || history.filter.deleted) return;
      const { filter, span } = history;
      const sum = (sums += 1);
      try {
        const { groups, total_seconds } = await api.get("/reports/summary", { ...conditions(filter), group_by: "day", from: span.from ?? undefined, to: span.to ?? undefined });
        if (sum !== sums) return;
        const days = Object.fromEntries(groups.map((/** @type {{day: string, total_seconds: number}} */ group) => [group.day, group.total_seconds]));
        change(filter, () => ({ days, total: total_seconds }));
      } catch (caught) {
        asApiError(caught); // the sums of what is shown stand instead
      }
    },
    /** @param {string} name @param {any} data */
    event(name, data) {
      const { history } = store.get();
      if (!history || !ENTRY_EVENT.test(name)) return;
      later("sum", actions.sum);
      if (history.filter.deleted || name === "entry:bulk") return later("load", actions.load);
      const { filter } = history;
      const { entry } = data;
      const belongs = entry.started_at && matches(entry, filter) && !beyond(entry, Object.values(history.timer.entries), history.next);
      change(filter, ({ timer }) => ({ timer: belongs || !entry.started_at ? applyEvent(timer, name, data).timer : remove(timer, entry) }));
    },
    /** What one has just done here, told before the connection does. @param {Entry} entry */
    put: (entry) => actions.event("entry:updated", { entry }),
    /** @param {{id: number, version?: number}} entry */
    drop: (entry) => actions.event("entry:deleted", { entry }),
    reloadSoon() {
      later("load", actions.load);
      later("sum", actions.sum);
    },
    /** @returns {Promise<string[]>} */
    tags: () => api.get("/tags"),
  };
  return actions;
}
