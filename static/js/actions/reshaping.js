// @ts-check
/** Entries recorded afterwards, copied, cut, joined, and changed many at once; each with its way back. */
import { formerFields, undoOf } from "../domain/reshaping.js";
import { put, remove } from "../domain/timer.js";
import { asApiError } from "../net/api-error.js";
import { t } from "../text/t.js";

/** @typedef {import("../domain/types.js").Entry} Entry @typedef {import("../domain/reshaping.js").Edit} Edit */

/** @param {import("../app.js").Parts} parts */
export function createReshapingActions(parts) {
  const { store, api } = parts;

  /** @param {Entry[]} entries */
  function keep(...entries) {
    for (const entry of entries) {
      store.set(({ timer }) => ({ timer: put(timer, entry) }));
      parts.actions.history.put(entry);
    }
  }

  /** @param {number[]} ids */
  function drop(ids) {
    for (const id of ids) {
      store.set(({ timer }) => ({ timer: remove(timer, { id }) }));
      parts.actions.history.drop({ id });
    }
  }

  /** @param {string} text @param {() => Promise<any>} undo */
  function offer(text, undo) {
    const run = async () => {
      try {
        await undo();
        parts.actions.notices.say(t("past.said.undone"));
      } catch (error) {
        parts.actions.notices.failed(asApiError(error));
      }
      parts.actions.history.reloadSoon();
      void parts.actions.entries.loadToday();
    };
    parts.actions.notices.toast(text, { action: { label: t("toast.undo"), run: () => void run() } });
  }

  /** @param {number[]} ids */
  const restore = (ids) => api.post("/time-entries/bulk", { ids, restore: true });

  const actions = {
    /** @param {{description: string, project_id: number|null, tags: string[], started_at: string, ended_at: string}} fields */
    async add({ started_at, ended_at, ...fields }) {
      const { entry } = await api.post("/time-entries", { ...fields, start_time: started_at, end_time: ended_at });
      keep(entry);
      parts.actions.notices.say(t("past.said.added"));
    },
    /** @param {Entry} entry */
    async duplicate({ id }) {
      const { entry } = await api.post(`/time-entries/${id}/duplicate`, {});
      keep(entry);
      offer(t("past.duplicated"), async () => {
        await api.delete(`/time-entries/${entry.id}`);
        drop([entry.id]);
      });
    },
    /** @param {Entry} entry @param {string} at */
    async split(entry, at) {
      try {
        const { entries } = await api.post(`/time-entries/${entry.id}/split`, { at }, { ifMatch: entry.version });
        keep(...entries);
        offer(t("past.split.done"), () => api.post("/time-entries/merge", { ids: entries.map((/** @type {Entry} */ { id }) => id) }));
      } catch (caught) {
        const error = asApiError(caught);
        if (error.current) keep(error.current);
        throw error;
      }
    },
    /** @param {Entry[]} entries @param {{project_id?: number|null, gaps?: "include"}} choices */
    async merge(entries, choices) {
      const { entry, deleted_ids } = await api.post("/time-entries/merge", { ids: entries.map(({ id }) => id), ...choices });
      keep(entry);
      drop(deleted_ids);
      const first = entries.find(({ id }) => id === entry.id);
      offer(t("past.merge.done", { count: entries.length }), async () => {
        if (first) await api.patch(`/time-entries/${entry.id}`, formerFields(first), { ifMatch: entry.version });
        await restore(deleted_ids);
      });
    },
    /** @param {Entry[]} entries @param {Edit} edit */
    async editAll(entries, edit) {
      const { count, entries: changed } = await api.post("/time-entries/bulk", { ids: entries.map(({ id }) => id), edit });
      keep(...changed);
      const steps = undoOf(entries, edit);
      const text = t("past.bulk.edited", { count });
      if (!steps) return parts.actions.notices.toast(text);
      offer(text, async () => {
        for (const step of steps) await api.post("/time-entries/bulk", step);
      });
    },
    /** @param {number[]} ids */
    async deleteAll(ids) {
      const { count } = await api.post("/time-entries/bulk", { ids, delete: true });
      drop(ids);
      offer(t("past.bulk.deleted", { count }), () => restore(ids));
    },
    /** Those that had been deleted. @param {number[]} ids */
    async restoreAll(ids) {
      const { count } = await restore(ids);
      drop(ids);
      offer(t("past.bulk.restored", { count }), () => api.post("/time-entries/bulk", { ids, delete: true }));
    },
  };
  return actions;
}
