// @ts-check
/**
 * API tokens as a form: what they may, and until when.
 *
 * @typedef {{id: number, name: string, scopes: string[], expires_at: string|null, created_at: string, last_used_at: string|null}} ApiToken
 */

const DAY_MS = 86_400_000;
const SOON_MS = 7 * DAY_MS;

/** Days until the end; "" is never. */
export const EXPIRIES = ["7", "30", "90", "365", ""];

/** Those that one may give, in the order of their weight. @param {boolean} admin */
export function scopesFor(admin) {
  return admin ? ["read", "timer", "write", "admin"] : ["read", "timer", "write"];
}

/** @param {string} days @param {number} now */
export function expiryOf(days, now) {
  return days === "" ? null : new Date(now + Number(days) * DAY_MS).toISOString();
}

/** @param {{name: string, scopes: string[]}} values @returns {Record<string, string>} */
export function tokenProblems({ name, scopes }) {
  return { ...(name.trim() ? {} : { name: "problem.name.empty" }), ...(scopes.length > 0 ? {} : { scopes: "problem.scopes.none" }) };
}

/** @param {string|null} expiresAt @param {number} now @returns {"never"|"over"|"soon"|"later"} */
export function endOf(expiresAt, now) {
  if (expiresAt === null) return "never";
  const left = Date.parse(expiresAt) - now;
  return left <= 0 ? "over" : left < SOON_MS ? "soon" : "later";
}
