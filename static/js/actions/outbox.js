// @ts-check
/** What was done and is not yet answered: kept in this browser, sent in order, told to all its tabs. */
import { dropped, headOf, markSent, push, refused, retried, settled } from "../domain/outbox.js";
import { makerOf, undeleted } from "../domain/outbox-edits.js";
import { put, remove, runningOf } from "../domain/timer.js";
import { ApiError } from "../net/api-error.js";
import { newId } from "../net/ids.js";
import { createSharedOutbox } from "../net/shared-outbox.js";
import { t } from "../text/t.js";

/**
 * @typedef {import("../domain/outbox.js").Item} Item
 * @typedef {import("../net/shared-outbox.js").Answer} Answer
 * @typedef {{resolve?: () => void, reject?: (error: ApiError) => void, refused?: () => void}} Asker
 */

/** @param {import("../app.js").Parts} parts */
export function createOutboxActions(parts) {
  const { store, socket, api } = parts;
  /** Commands of this tab. @type {Map<string, Asker>} */
  const mine = new Map();
  const shared = createSharedOutbox({
    kept: parts.kept,
    show: (outbox) => store.set({ outbox }),
    onAnswer: (answer) => (answer.error ? onRefused(answer) : onSettled(answer)),
    onMore: () => void parts.sender.run(),
  });

  /** @param {Answer} answer */
  function onSettled({ item, data }) {
    const entry = entryIn(data);
    store.set(({ timer }) => {
      const stopped = data?.stopped ? put(timer, data.stopped) : timer;
      if (item.name === "timer:discard") return { timer: item.payload.entry_id ? remove(stopped, { id: item.payload.entry_id }) : stopped };
      return { timer: entry ? put(stopped, entry) : stopped };
    });
    if (item.name === "entry:edit" && entry) parts.actions.history.put(entry);
    if (item.name === "entry:delete") parts.actions.entries.drop(item.payload.entry_id);
    if (!mine.has(item.id)) return;
    mine.get(item.id)?.resolve?.();
    mine.delete(item.id);
    if (item.name === "timer:discard" && item.payload.entry_id) parts.actions.entries.offerUndo(t("toast.discarded"), item.payload.entry_id);
  }

  /** @param {Answer} answer */
  function onRefused({ item, error }) {
    if (error.current) store.set(({ timer }) => ({ timer: put(timer, error.current) }));
    if (item.name !== "timer:update") void parts.actions.entries.loadToday();
    const asker = mine.get(item.id);
    mine.delete(item.id);
    asker?.refused?.();
    if (asker?.reject) return asker.reject(new ApiError(error));
    const isKept = item.offline && refused({ items: [item], refused: [] }, item.id).refused.length > 0; // then it has a card of its own
    if (asker && !isKept && error.code !== "timer_not_running") parts.actions.notices.failed(new ApiError(error));
  }

  const own = {
    /** @param {number} userId */
    async open(userId) {
      await shared.open(userId);
      void parts.sender.run();
    },
    /** Nobody is signed in: what waits stays where it is kept, until the same person is back. */
    close() {
      mine.clear();
      void shared.open(null);
    },
    /**
     * @param {import("../domain/outbox.js").Name} name @param {Record<string, any>} payload
     * @param {Asker} [asker]  told how it ends, if this tab still stands then
     */
    add(name, payload, asker = {}) {
      const command = { id: newId(), spare: newId(), name, payload, madeAt: parts.clock.now(), live: socket.live(), running: runningOf(store.get().timer) };
      mine.set(command.id, asker);
      void shared.change((outbox) => push(outbox, command));
      void parts.sender.run();
      return command.id;
    },
    /** Whether something still waits that concerns this entry. @param {import("../store.js").Entry} entry */
    concerns: ({ id }) => store.get().outbox.items.some(({ payload }) => payload.entry_id === id) || makerOf(store.get().outbox, id) !== null,
    /** Deletes an entry as soon as that can be done. @param {import("../store.js").Entry} entry @returns {() => boolean} takes it back; false: it was sent */
    delete({ id: entry_id }) {
      const made = makerOf(store.get().outbox, entry_id);
      const id = own.add("entry:delete", { entry_id });
      return () => {
        const { items } = store.get().outbox;
        const kept = items.find((each) => each.id === id);
        if (kept ? kept.sent : !made || made.sent) return false;
        void shared.change((outbox) => undeleted(outbox, id, kept ? null : made));
        void parts.sender.run();
        return true;
      };
    },
    /** Once more what was refused, perhaps changed. @param {string} id @param {Record<string, any>} [changes] */
    retry(id, changes) {
      const again = { id: newId(), changes };
      void shared.change((outbox) => retried(outbox, id, again));
      void parts.sender.run();
    },
    /** @param {string} id  of what was refused */
    drop: (id) => void shared.change((outbox) => dropped(outbox, id)),

    // What the sender asks of us.
    /** @returns {Promise<Item|null>} */
    async next() {
      const { items } = store.get().outbox;
      if (items.length === 0) return null;
      return headOf(await shared.mark((outbox) => (outbox.items[0] && !outbox.items[0].sent ? markSent(outbox, outbox.items[0].id) : outbox)));
    },
    /** @param {Item} item @returns {Promise<any>} */
    send({ name, payload, id }) {
      if (name === "entry:add") return api.post("/time-entries", payload, { commandId: id });
      if (name === "entry:delete") return api.delete(`/time-entries/${payload.entry_id}`, { commandId: id });
      if (name !== "entry:edit") return socket.request(name, { ...payload, command_id: id });
      const { entry_id, version, ...changes } = payload;
      return api.patch(`/time-entries/${entry_id}`, changes, { commandId: id, ifMatch: version });
    },
    /** @param {Item} item @param {any} data */
    settled: (item, data) => shared.answered({ item, data }, (outbox) => settled(outbox, item.id, entryIn(data))),
    /** @param {Item} item @param {ApiError} error */
    refused(item, error) {
      const { code, message, status, errors, current } = error;
      return shared.answered({ item, error: { code, message, status, errors, current } }, (outbox) => refused(outbox, item.id, code));
    },
  };
  return own;
}

/** Some answers are the entry, some carry it. @param {any} answer @returns {import("../domain/types.js").Entry|null} */
function entryIn(answer) {
  return answer?.entry ?? (answer?.started_at ? answer : null);
}
