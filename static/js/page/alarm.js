// @ts-check
/** Rings after a while. A worker keeps the time, since browsers slow down the clocks of pages that are hidden. */

/** @param {() => void} ring */
export function createAlarm(ring) {
  /** @type {Worker|null} */
  let worker = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;

  /** @returns {Worker|null} */
  function keeper() {
    if (worker || !("Worker" in globalThis)) return worker;
    worker = new Worker("/static/js/page/alarm-worker.js");
    worker.onmessage = ring;
    return worker;
  }

  return {
    /** @param {number|null} ms  from now; null: not at all */
    set(ms) {
      clearTimeout(timer);
      if (ms === null) return void worker?.postMessage(null);
      const wait = Math.min(Math.max(ms, 0), 2 ** 31 - 1);
      timer = setTimeout(ring, wait);
      keeper()?.postMessage(wait);
    },
  };
}
