// @ts-check
/** Start, stop, change and discard the timer: every click becomes a command in the outbox, and is shown at once. */
import { read } from "../domain/start-input.js";
import { trackable } from "../domain/projects.js";
import { markSent, newOutbox, overlay, push, refused, settled } from "../domain/outbox.js";
import { put, remove, runningOf } from "../domain/timer.js";
import { newId } from "../net/ids.js";
import { emptyDraft } from "../store.js";
import { t } from "../text/t.js";

/**
 * @typedef {import("../domain/outbox.js").Outbox} Outbox
 * @typedef {import("../domain/outbox.js").Item} Item
 * @typedef {import("../domain/types.js").Entry} Entry
 * @typedef {import("../net/api-error.js").ApiError} ApiError
 */

/** @param {import("../app.js").Parts} parts */
export function createTimerActions(parts) {
  const { store, socket, api } = parts;
  /** @type {Map<string, {resolve: () => void, reject: (error: ApiError) => void}>} */
  const waiting = new Map();
  /** @type {Map<string, import("../store.js").Draft>} */
  const drafts = new Map();
  let key = "";

  /** @param {Outbox} outbox */
  function save(outbox) {
    store.set({ outbox });
    if (!key) return;
    // Per tab, so that two tabs do not send each other's commands; it outlives a reload.
    if (outbox.items.length > 0) sessionStorage.setItem(key, JSON.stringify(outbox));
    else sessionStorage.removeItem(key);
  }

  /** @param {import("../domain/outbox.js").Name} name @param {Record<string, any>} payload */
  function command(name, payload) {
    const id = newId();
    const { outbox, timer } = store.get();
    save(push(outbox, { id, spare: newId(), name, payload, madeAt: parts.clock.now(), live: socket.live(), running: runningOf(timer) }));
    parts.sender.run();
    return id;
  }

  /** @returns {Entry|null} */
  function shown() {
    const { timer, outbox } = store.get();
    return overlay(runningOf(timer), outbox).running;
  }

  const actions = {
    /** @param {number} userId */
    restoreOutbox(userId) {
      key = `focushub.outbox.${userId}`;
      try {
        const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
        save(Array.isArray(kept?.items) ? kept : newOutbox());
      } catch {
        save(newOutbox());
      }
    },
    /** @param {import("../store.js").Draft} draft */
    setDraft: (draft) => store.set({ draft }),
    /** Start with what is written in the box; a timer that runs is stopped by it. */
    startDraft() {
      const { draft, projects } = store.get();
      const said = read(draft.text, trackable(projects));
      const tags = [...new Set([...draft.tags, ...said.tags])].slice(0, 10);
      const id = actions.start({ description: said.description, project_id: draft.project_id ?? said.project?.id ?? null, tags });
      drafts.set(id, draft);
      store.set({ draft: emptyDraft() });
    },
    /** @param {{description: string, project_id: number|null, tags: string[]}} fields */
    start({ description, project_id, tags }) {
      const project = project_id === null ? {} : { project_id };
      return command("timer:start", { description, tags, ...project });
    },
    stop: () => void command("timer:stop", {}),
    toggle: () => (shown() ? actions.stop() : actions.startDraft()),
    /**
     * @param {Entry} entry
     * @param {Record<string, any>} changes
     * @returns {Promise<void>}
     */
    update(entry, changes) {
      const aim = entry.id > 0 ? { entry_id: entry.id, version: entry.version } : {};
      const id = command("timer:update", { ...aim, ...changes });
      if (!socket.live()) return Promise.resolve();
      return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    },
    discard: () => void command("timer:discard", {}),

    // What the sender asks of us.
    /** @param {Item} item @returns {Promise<any>} */
    send(item) {
      if (item.name !== "entry:add") return socket.request(item.name, { ...item.payload, command_id: item.id });
      return api.post("/time-entries", item.payload, { commandId: item.id });
    },
    /** @param {string} id */
    sent: (id) => save(markSent(store.get().outbox, id)),
    /** @param {Item} item @param {any} data */
    settled(item, data) {
      const entry = data?.entry ?? null;
      store.set(({ timer }) => {
        const stopped = data?.stopped ? put(timer, data.stopped) : timer;
        if (item.name === "timer:discard") return { timer: item.payload.entry_id ? remove(stopped, { id: item.payload.entry_id }) : stopped };
        return { timer: entry ? put(stopped, entry) : stopped };
      });
      save(settled(store.get().outbox, item.id, entry));
      waiting.get(item.id)?.resolve();
      forget(item.id);
      if (item.name === "timer:discard" && item.payload.entry_id) parts.actions.entries.offerUndo(t("toast.discarded"), item.payload.entry_id);
    },
    /** @param {Item} item @param {ApiError} error */
    refused(item, error) {
      if (error.current) store.set(({ timer }) => ({ timer: put(timer, error.current) }));
      save(refused(store.get().outbox, item.id));
      const draft = drafts.get(item.id);
      if (draft && !store.get().draft.text) store.set({ draft });
      const asker = waiting.get(item.id);
      forget(item.id);
      if (asker) asker.reject(error);
      else if (error.code !== "timer_not_running") parts.actions.notices.failed(error);
      if (item.name !== "timer:update") void parts.actions.entries.loadToday();
    },
  };

  /** @param {string} id */
  function forget(id) {
    waiting.delete(id);
    drafts.delete(id);
  }

  return actions;
}
