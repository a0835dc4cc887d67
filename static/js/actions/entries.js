// @ts-check
/** Today's entries: read, changed, deleted and brought back. */
import { dayOf, knownZone } from "../domain/days.js";
import { listed, loading, put, remove } from "../domain/timer.js";
import { ApiError, asApiError } from "../net/api-error.js";
import { t } from "../text/t.js";

/** @typedef {import("../domain/types.js").Entry} Entry */

/** @param {import("../app.js").Parts} parts */
export function createEntryActions(parts) {
  const { store, api } = parts;
  let loads = 0;

  /** Some answers are the entry, some carry it. @param {any} answer @returns {Entry|null} */
  const entryIn = (answer) => answer?.entry ?? (answer?.started_at ? answer : null);

  /** @param {any} answer */
  function keep(answer) {
    const entry = entryIn(answer);
    if (!entry) return;
    store.set(({ timer }) => ({ timer: put(timer, entry) }));
    parts.actions.history.put(entry);
  }

  /** @param {number} id */
  function drop(id) {
    store.set(({ timer }) => ({ timer: remove(timer, { id }) }));
    parts.actions.history.drop({ id });
  }

  const actions = {
    drop,
    /** Begins the day that it is now, if it is not the one shown. */
    startDay() {
      const { user } = store.get().session;
      if (!user) return;
      const day = dayOf(parts.clock.now(), knownZone(user.timezone), user.day_starts_at ?? 0);
      const shown = store.get().day;
      if (shown?.from === day.from && shown.to === day.to) return;
      store.set({ day });
      void actions.loadToday();
      if (shown) void parts.actions.earned.loadStreak(); // whether today counts is another question now
    },
    async loadToday() {
      const { day } = store.get();
      if (!day) return;
      const load = (loads += 1);
      store.set(({ timer }) => ({ timer: loading(timer) }));
      try {
        const rows = await api.all("/time-entries", { from: iso(day.from), to: iso(day.to) });
        if (load === loads) store.set(({ timer }) => ({ timer: listed(timer, rows), asOf: null }));
      } catch (error) {
        const { session, connection } = store.get();
        if (session.status === "in" && load === loads && connection.phase === "live") parts.actions.notices.failed(asApiError(error)); // else the page says so already
      }
    },
    async loadRecent() {
      try {
        store.set({ recent: await api.get("/time-entries", { limit: 200 }) });
      } catch (error) {
        asApiError(error); // only completions are poorer for it
      }
    },
    /**
     * Rejects with `version_conflict` when the entry was changed elsewhere; what is shown then is the current one.
     * @param {Entry} entry
     * @param {Record<string, any>} changes
     */
    async edit(entry, changes) {
      if (entry.ended_at === null) return parts.actions.timer.update(entry, changes);
      const waits = parts.actions.outbox.concerns(entry);
      if (entry.id < 0 && !waits) throw new ApiError({ code: "entry_saved" }); // it has its id by now, and stands there anew
      if (waits || !parts.socket.live()) return void parts.actions.outbox.add("entry:edit", { entry_id: entry.id, version: entry.version, ...changes });
      try {
        keep(await api.patch(`/time-entries/${entry.id}`, changes, { ifMatch: entry.version }));
      } catch (caught) {
        const error = asApiError(caught);
        if (error.current) keep(error.current);
        throw error;
      }
    },
    /** @param {Entry} entry */
    async delete(entry) {
      if (parts.actions.outbox.concerns(entry) || !parts.socket.live()) {
        const takeBack = parts.actions.outbox.delete(entry);
        const run = () => void (takeBack() || (entry.id > 0 && actions.restore(entry.id)));
        return void parts.actions.notices.toast(t("toast.deleted"), { action: { label: t("toast.undo"), run } });
      }
      try {
        await api.delete(`/time-entries/${entry.id}`);
        drop(entry.id);
        actions.offerUndo(t("toast.deleted"), entry.id);
      } catch (error) {
        parts.actions.notices.failed(asApiError(error));
      }
    },
    /** What is right of an entry in doubt. @param {Entry} entry @param {import("../domain/doubt.js").Answer} action @param {string|null} at */
    async resolve(entry, action, at) {
      const answer = await api.post(`/time-entries/${entry.id}/resolve`, { action, ...(at ? { at } : {}) });
      keep(answer.entry);
      keep(answer.started);
      if (action !== "discard") return parts.actions.notices.say(t("doubt.said"));
      drop(entry.id);
      actions.offerUndo(t("toast.deleted"), entry.id);
    },
    /** @param {string} text @param {number} id */
    offerUndo(text, id) {
      parts.actions.notices.toast(text, { action: { label: t("toast.undo"), run: () => void actions.restore(id) } });
    },
    /** @param {number} id */
    async restore(id) {
      try {
        const answer = await api.post(`/time-entries/${id}/restore`);
        if (entryIn(answer)) keep(answer);
        else await actions.loadToday();
        parts.actions.notices.say(t("said.restored"));
      } catch (error) {
        parts.actions.notices.failed(asApiError(error));
      }
    },
  };
  return actions;
}

/** @param {number} ms */
function iso(ms) {
  return new Date(ms).toISOString();
}
