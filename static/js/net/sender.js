// @ts-check
/**
 * Empties the outbox: one command at a time, in order, each until it is answered, and only one tab at a time. What is not
 * known to have happened is sent again with the same id.
 */
import { asApiError } from "./api-error.js";

const UNKNOWN = new Set(["network", "unavailable", "rate_limited", "unauthenticated", "internal"]);
const MAX_INTERNAL = 3;

/**
 * @typedef {import("../domain/outbox.js").Item} Item
 * @param {{
 *   next: () => Promise<Item|null>, live: () => boolean, send: (item: Item) => Promise<any>,
 *   onSettled: (item: Item, data: any) => Promise<void>, onRefused: (item: Item, error: import("./api-error.js").ApiError) => Promise<void>,
 *   alone?: (task: () => Promise<void>) => Promise<void>, pause?: (ms: number) => Promise<void>,
 * }} around  `next`: the first that waits, marked as sent; `alone`: holds the other tabs back.
 */
export function createSender({ next, live, send, onSettled, onRefused, alone = (task) => task(), pause = pauseMs }) {
  /** @type {Promise<void>|null} */
  let running = null;
  let again = false;

  async function empty() {
    let failures = 0;
    while (live()) {
      const item = await next();
      if (!item) return;
      try {
        await onSettled(item, await send(item));
        failures = 0;
      } catch (caught) {
        const error = asApiError(caught);
        failures += 1;
        const unknown = UNKNOWN.has(error.code) && !(error.code === "internal" && failures >= MAX_INTERNAL);
        if (unknown) await pause(error.retryAfterS ? error.retryAfterS * 1000 : Math.min(8000, 300 * 2 ** failures));
        else await onRefused(item, error);
      }
    }
  }

  async function work() {
    do {
      again = false;
      await alone(empty);
    } while (again);
  }

  return {
    /** Goes on until nothing waits or the connection is gone. @returns {Promise<void>} */
    run() {
      again = true;
      running ??= work().finally(() => {
        running = null;
      });
      return running;
    },
  };
}

/** @param {number} ms @returns {Promise<void>} */
function pauseMs(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
