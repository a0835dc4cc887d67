// @ts-check
/**
 * Empties the outbox: one command at a time, in order, each until it is answered. What is not known to have happened is
 * sent again with the same id.
 */
import { headOf } from "../domain/outbox.js";
import { asApiError } from "./api-error.js";

const UNKNOWN = new Set(["network", "unavailable", "rate_limited", "unauthenticated", "internal"]);
const MAX_INTERNAL = 3;

/**
 * @param {{
 *   outbox: () => import("../domain/outbox.js").Outbox, live: () => boolean,
 *   send: (item: import("../domain/outbox.js").Item) => Promise<any>,
 *   onSent: (id: string) => void, onSettled: (item: import("../domain/outbox.js").Item, data: any) => void,
 *   onRefused: (item: import("../domain/outbox.js").Item, error: import("./api-error.js").ApiError) => void,
 *   pause?: (ms: number) => Promise<void>,
 * }} around
 */
export function createSender({ outbox, live, send, onSent, onSettled, onRefused, pause = pauseMs }) {
  let running = false;

  /** Goes on until nothing waits or the connection is gone. */
  async function run() {
    if (running) return;
    running = true;
    let failures = 0;
    try {
      for (let item = headOf(outbox()); item && live(); item = headOf(outbox())) {
        onSent(item.id);
        try {
          onSettled(item, await send(item));
          failures = 0;
        } catch (caught) {
          const error = asApiError(caught);
          failures += 1;
          const again = UNKNOWN.has(error.code) && !(error.code === "internal" && failures >= MAX_INTERNAL);
          if (again) await pause(error.retryAfterS ? error.retryAfterS * 1000 : Math.min(8000, 300 * 2 ** failures));
          else onRefused(item, error);
        }
      }
    } finally {
      running = false;
    }
  }

  return { run };
}

/** @param {number} ms @returns {Promise<void>} */
function pauseMs(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
