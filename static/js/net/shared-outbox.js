// @ts-check
/**
 * The outbox of a person, shared by all tabs of this browser. A change shows at once, and is then made in what is kept: the
 * same function there, on what other tabs have made of it. Answers are told to all tabs, whichever sent the command.
 */
import { newOutbox } from "../domain/outbox.js";

/**
 * @typedef {import("../domain/outbox.js").Outbox} Outbox
 * @typedef {import("../domain/outbox.js").Item} Item
 * @typedef {{item: Item, data?: any, error?: any}} Answer  `data` or, plain as JSON, the error
 */

/**
 * @param {{
 *   kept: Pick<import("./kept.js").Kept, "change">, show: (outbox: Outbox) => void, onAnswer: (answer: Answer) => void,
 *   onMore: () => void, others?: BroadcastChannel|null,
 * }} around  `onMore`: another tab has changed it.
 */
export function createSharedOutbox({ kept, show, onAnswer, onMore, others = channel() }) {
  /** @type {number|null} */
  let user = null;
  let local = newOutbox();
  let changes = 0;

  /** @param {Outbox} outbox */
  function set(outbox) {
    local = outbox;
    show(local);
  }

  /** @param {(outbox: Outbox) => Outbox} decide @returns {Promise<Outbox>} */
  async function keep(decide) {
    const whose = user;
    if (whose === null) return local;
    changes += 1;
    try {
      const stored = await kept.change("outboxes", whose, (before) => bare(decide(before ?? newOutbox())));
      changes -= 1;
      if (whose !== user) return newOutbox();
      if (changes === 0) set(stored ?? newOutbox()); // else what comes next has not been made there yet
      return stored ?? newOutbox();
    } catch {
      changes -= 1; // the disk is full: it goes on in this tab
      return local;
    }
  }

  others?.addEventListener("message", async ({ data }) => {
    if (data.user !== user) return;
    if (data.answer) onAnswer(data.answer);
    await keep((outbox) => outbox);
    onMore();
  });

  return {
    /** Whose it is from now on; null: nobody's. @param {number|null} userId @returns {Promise<Outbox>} */
    async open(userId) {
      user = userId;
      set(newOutbox());
      return userId === null ? local : keep((outbox) => outbox);
    },
    /** @param {(outbox: Outbox) => Outbox} decide  called twice: it answers the same for the same @returns {Promise<Outbox>} */
    async change(decide) {
      set(decide(local));
      const stored = await keep(decide);
      others?.postMessage({ user });
      return stored;
    },
    /** As `change`, but no news for the other tabs. @param {(outbox: Outbox) => Outbox} decide @returns {Promise<Outbox>} */
    mark: keep,
    /** A command is answered: all tabs learn how. @param {Answer} answer @param {(outbox: Outbox) => Outbox} decide */
    async answered(answer, decide) {
      onAnswer(answer);
      set(decide(local));
      await keep(decide);
      others?.postMessage({ user, answer });
    },
  };
}

/** Nothing kept is the same as nothing waiting. @param {Outbox} outbox @returns {Outbox|undefined} */
function bare(outbox) {
  return outbox.items.length || outbox.refused.length ? outbox : undefined;
}

function channel() {
  return typeof BroadcastChannel === "function" ? new BroadcastChannel("focushub-outbox") : null;
}
