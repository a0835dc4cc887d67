// @ts-check
/**
 * By which way to connect. A websocket at once is a request and a round trip quicker than long-polling, and any machine behind a
 * balancer may answer it; but some networks let none through. So a failure is followed by a try with long-polling, which is
 * changed for a websocket where that works after all; and what worked is kept to.
 *
 * @typedef {"direct"|"around"} Way
 */

/** What the library is told. @type {Record<Way, {transports: string[], timeout: number}>} */
export const WAYS = {
  direct: { transports: ["websocket"], timeout: 5000 }, // some networks neither let it through nor refuse it
  around: { transports: ["polling", "websocket"], timeout: 10_000 },
};

/**
 * No connection came about. Where the server itself has refused, the way was right.
 * @param {Way} way
 * @param {string|undefined} code  the server's
 * @returns {{way: Way, again: boolean}} `again`: at once, before it counts as a failure
 */
export function afterFailure(way, code) {
  if (code !== undefined) return { way, again: false };
  return way === "direct" ? { way: "around", again: true } : { way: "direct", again: false };
}
