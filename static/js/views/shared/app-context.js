// @ts-check
/** What every view may use: the state, the actions, the measured time. */
import { createContext, useContext, useEffect, useState } from "./html.js";

/**
 * @typedef {{
 *   state: import("../../store.js").State, actions: import("../../app.js").Actions,
 *   go: import("../../router.js").Router["go"], now: () => number,
 * }} App
 */

export const AppContext = createContext(/** @type {any} */ (null));

/** @returns {App} */
export function useApp() {
  return useContext(AppContext);
}

/**
 * The server's time, renewed as each whole second begins, and when the page is seen again.
 * @param {number} [towards]  seconds are whole as seen from this instant, for what counts down to it
 * @returns {number}
 */
export function useNow(towards = 0) {
  const { now } = useApp();
  const [at, set] = useState(now());
  useEffect(() => {
    /** @type {ReturnType<typeof setTimeout>} */
    let timer;
    const tick = () => {
      clearTimeout(timer);
      set(now());
      timer = setTimeout(tick, 1002 - ((((now() - towards) % 1000) + 1000) % 1000));
    };
    tick();
    document.addEventListener("visibilitychange", tick);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, [towards]);
  const current = now(); // a change of state may draw before the next tick, or after the clock was measured
  return Math.min(Math.max(at, current - 1000), current);
}
