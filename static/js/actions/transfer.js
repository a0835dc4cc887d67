// @ts-check
/** Moving in and out: a file tried, taken in and taken out again, entries saved as a file, the link of the calendar. */
import { further, HEAD_BYTES, importCall, kindOf, mediaOf } from "../domain/import-file.js";
import { asApiError } from "../net/api-error.js";
import { download } from "../page/save-file.js";
import { t } from "../text/t.js";

const IMPORT_MS = 30 * 60_000;
const TRIAL_MS = 5 * 60_000;

/**
 * @typedef {import("../domain/import-file.js").Kind} Kind
 * @typedef {import("../domain/import-file.js").Choices} Choices
 * @typedef {import("../domain/import-file.js").Report} Report
 * @typedef {{active: boolean, descriptions: boolean|null, created_at: string|null, last_read_at: string|null, url?: string}} Calendar
 */

/** @param {import("../app.js").Parts} parts */
export function createTransferActions(parts) {
  const { store, api } = parts;
  let own = false; // an import that this page has sent

  const actions = {
    /** What a file is, by its first lines. @param {File} file @returns {Promise<{kind: Kind|null, head: string}>} */
    async look(file) {
      const head = await file.slice(0, HEAD_BYTES).text();
      return { kind: kindOf(head), head };
    },
    /** @param {File} file @param {string} head @param {Choices} choices @returns {Promise<Report>} */
    tryOut: (file, head, choices) => send(file, head, choices, true),
    /** @param {File} file @param {string} head @param {Choices} choices @returns {Promise<Report>} */
    async take(file, head, choices) {
      own = true;
      store.set({ progress: null });
      try {
        const report = await send(file, head, choices, false);
        if (store.get().route.name !== "import") parts.actions.notices.toast(t("import.done", { count: report.created }));
        return report;
      } finally {
        own = false;
        store.set({ progress: null });
        void actions.loadImports();
        void parts.actions.projects.load();
      }
    },
    /** @param {string} name @param {any} data */
    event(name, data) {
      if (name !== "import:progress") return;
      if (!data.over || own) return store.set(({ progress }) => ({ progress: further(progress, data) }));
      store.set({ progress: null }); // another device had begun it
      if (store.get().imports) void actions.loadImports();
    },
    async loadImports() {
      try {
        /** @type {import("../domain/import-file.js").Import[]} */
        const imports = await api.get("/import", { limit: 20 });
        const running = own || imports.some(({ state }) => state === "running");
        store.set(({ progress }) => ({ imports, progress: running ? progress : null }));
      } catch (error) {
        if (store.get().session.status === "in") parts.actions.notices.failed(asApiError(error));
      }
    },
    /** @param {number} id */
    async undo(id) {
      const { deleted } = await api.delete(`/import/${id}`, { timeoutMs: TRIAL_MS });
      parts.actions.notices.toast(t("import.undone", { count: deleted }));
      await actions.loadImports();
    },
    /**
     * The browser saves it while it is sent. The login is renewed first, because a download cannot be asked again.
     * @param {"csv"|"json"} format @param {Record<string, string|number|undefined>} conditions
     */
    async save(format, conditions) {
      await api.get("/time-entries/current");
      const pairs = Object.entries({ format, ...conditions }).filter(([, value]) => value !== undefined).map(([key, value]) => [key, String(value)]);
      download(`/api/export/time-entries?${new URLSearchParams(pairs)}`);
    },
    /** @returns {Promise<Calendar>} */
    calendar: () => api.get("/calendar"),
    /** @param {boolean} descriptions @returns {Promise<Calendar>} */
    makeCalendar: async (descriptions) => ({ active: true, last_read_at: null, ...(await api.post("/calendar", { descriptions })) }),
    endCalendar: () => api.delete("/calendar"),
  };

  /** @param {File} file @param {string} head @param {Choices} choices @param {boolean} dryRun @returns {Promise<Report>} */
  function send(file, head, choices, dryRun) {
    const { path, query } = importCall(choices, dryRun);
    const body = new Blob([file], { type: mediaOf(choices.kind, head) });
    return api.post(path, body, { query, timeoutMs: dryRun ? TRIAL_MS : IMPORT_MS });
  }

  return actions;
}
