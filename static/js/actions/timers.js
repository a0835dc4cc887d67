// @ts-check
/** Start, stop, change and discard the timer: every click becomes a command in the outbox, and is shown at once. */
import { read } from "../domain/start-input.js";
import { trackable } from "../domain/projects.js";
import { overlay } from "../domain/outbox.js";
import { runningOf } from "../domain/timer.js";
import { emptyDraft } from "../store.js";

/** @typedef {import("../domain/types.js").Entry} Entry */

/** @param {import("../app.js").Parts} parts */
export function createTimerActions(parts) {
  const { store, socket } = parts;
  const command = (/** @type {Parameters<typeof parts.actions.outbox.add>} */ ...what) => parts.actions.outbox.add(...what);

  /** @returns {Entry|null} */
  function shown() {
    const { timer, outbox } = store.get();
    return overlay(runningOf(timer), outbox).running;
  }

  const actions = {
    /** @param {import("../store.js").Draft} draft */
    setDraft: (draft) => store.set({ draft }),
    /** Start with what is written in the box; a timer that runs is stopped by it. */
    startDraft() {
      const { draft, projects } = store.get();
      const said = read(draft.text, trackable(projects));
      const tags = [...new Set([...draft.tags, ...said.tags])].slice(0, 10);
      const refused = () => void (!store.get().draft.text && store.set({ draft }));
      actions.start({ description: said.description, project_id: draft.project_id ?? said.project?.id ?? null, tags }, { refused });
      store.set({ draft: emptyDraft() });
    },
    /** @param {{description: string, project_id: number|null, tags: string[]}} fields @param {import("./outbox.js").Asker} [asker] */
    start({ description, project_id, tags }, asker) {
      parts.actions.pomodoro.begin({ description, project_id, tags });
      const project = project_id === null ? {} : { project_id };
      command("timer:start", { description, tags, ...project }, asker);
    },
    stop: () => void command("timer:stop", {}),
    /** As of an instant that has passed. @param {string} ended_at */
    stopAt: (ended_at) => void command("timer:stop", { ended_at }),
    toggle: () => (shown() ? actions.stop() : actions.startDraft()),
    /**
     * @param {Entry} entry
     * @param {Record<string, any>} changes
     * @returns {Promise<void>}
     */
    update(entry, changes) {
      const aim = entry.id > 0 ? { entry_id: entry.id, version: entry.version } : {};
      return new Promise((resolve, reject) => {
        if (socket.live()) return command("timer:update", { ...aim, ...changes }, { resolve, reject });
        command("timer:update", { ...aim, ...changes });
        resolve();
      });
    },
    discard: () => void command("timer:discard", {}),
  };
  return actions;
}
