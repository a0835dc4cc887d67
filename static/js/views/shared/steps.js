// @ts-check
/** Much to draw, a part at a time, so that nobody waits who scrolls or writes meanwhile. */
import { useEffect, useState } from "./html.js";

const PAUSE_MS = 8;

/**
 * How many of `length` are to be drawn by now: one step at first, and whenever `what` is another, then all in steps.
 * @param {unknown} what
 * @param {number} length
 * @param {number} step
 */
export function useSteps(what, length, step) {
  const [at, setAt] = useState({ what, count: step });
  const count = at.what === what ? at.count : step;
  useEffect(() => {
    if (count >= length) return;
    const timer = setTimeout(() => setAt({ what, count: count + step }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [what, length, count]);
  return count;
}
