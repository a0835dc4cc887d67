// @ts-check
/**
 * When to renew the access token, and whether another tab has already done so. A refresh token used twice ends the
 * whole login, so of many tabs only one may renew at a time, and the others must see that it is done.
 *
 * @typedef {{at: number, expiresIn: number}} Stamp  When a token was got (local ms), and for how many seconds it lasts.
 * @typedef {"renew"|"done"} Decision
 */

const MARGIN_S = 120;
const MIN_WAIT_MS = 5000;

/**
 * How long to wait from now until the token should be renewed. Nothing known: soon.
 * @param {Stamp|null} stamp
 * @param {number} now
 */
export function renewIn(stamp, now) {
  if (!stamp || stamp.at > now) return 0;
  const usable = Math.max(stamp.expiresIn - MARGIN_S, stamp.expiresIn / 2) * 1000;
  return Math.max(0, stamp.at + usable - now);
}

/**
 * Asked with the lock held: does this tab renew, or did another since `since`, when the trouble was met?
 * A tab that needs the token itself (for its socket) and did not get it by message renews once more: that is allowed, in turn.
 * @param {{stamp: Stamp|null, since: number, needsToken: boolean, token: {value: string, at: number}|null, now: number}} facts
 * @returns {Decision}
 */
export function decide({ stamp, since, needsToken, token, now }) {
  const renewed = stamp !== null && stamp.at >= since && stamp.at <= now;
  if (!renewed) return "renew";
  return needsToken && (!token || token.at < stamp.at) ? "renew" : "done";
}

/**
 * How long to wait after a renewal that failed for want of a network.
 * @param {number} failures
 */
export function retryIn(failures) {
  return Math.min(60_000, MIN_WAIT_MS * 2 ** failures);
}

/** @param {string|null} text @returns {Stamp|null} */
export function readStamp(text) {
  try {
    const { at, expiresIn } = JSON.parse(text ?? "null") ?? {};
    return Number.isFinite(at) && Number.isFinite(expiresIn) ? { at, expiresIn } : null;
  } catch {
    return null;
  }
}
