// @ts-check
/**
 * Days of a person: in their IANA zone, beginning at the first instant whose local time is at or past `dayStartsAt`.
 * Never a fixed offset: days have 23, 24 or 25 hours. Seconds are counted on the clock's grid, so that pieces sum to the whole.
 *
 * @typedef {import("./types.js").Day} Day
 */

const HOUR = 3_600_000;

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} zone */
function formatOf(zone) {
  let format = formats.get(zone);
  if (!format) {
    const digits = /** @type {const} */ ("numeric");
    const options = { year: digits, month: digits, day: digits, hour: digits, minute: digits, second: digits };
    format = new Intl.DateTimeFormat("en-US", { ...options, timeZone: zone, hourCycle: "h23", calendar: "gregory" });
    formats.set(zone, format);
  }
  return format;
}

/**
 * What a clock on the wall shows, written as if it were UTC, in ms.
 * @param {number} instant
 * @param {string} zone
 */
export function wallTime(instant, zone) {
  /** @type {Record<string, number>} */
  const parts = {};
  for (const { type, value } of formatOf(zone).formatToParts(instant)) parts[type] = Number(value);
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) + (instant - Math.floor(instant / 1000) * 1000);
}

/**
 * The first instant whose wall time is at or past `wall`. When clocks go forward over it, that is the change itself;
 * when they go back over it, its first occurrence.
 * @param {number} wall  a wall time written as if it were UTC, in ms
 * @param {string} zone
 */
export function instantOf(wall, zone) {
  const offsetAt = (/** @type {number} */ at) => wallTime(at, zone) - at;
  let low = wall - 16 * HOUR;
  let high = wall + 14 * HOUR;
  const before = offsetAt(low);
  const after = offsetAt(high);
  if (before === after) return wall - before;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  const change = high;
  if (wall - before < change) return wall - before;
  return Math.max(change, wall - after);
}

/**
 * @param {string} date  YYYY-MM-DD
 * @param {string} zone
 * @param {number} dayStartsAt  hours, 0 to 6
 */
export function dayBegins(date, zone, dayStartsAt) {
  return instantOf(Date.parse(`${date}T00:00:00Z`) + dayStartsAt * HOUR, zone);
}

/**
 * The day that holds an instant.
 * @param {number} instant  ms since the epoch
 * @param {string} zone
 * @param {number} dayStartsAt
 * @returns {Day}
 */
export function dayOf(instant, zone, dayStartsAt) {
  let date = shift(new Date(wallTime(instant, zone)).toISOString().slice(0, 10), 1);
  while (dayBegins(date, zone, dayStartsAt) > instant) date = shift(date, -1);
  return { date, from: dayBegins(date, zone, dayStartsAt), to: dayBegins(shift(date, 1), zone, dayStartsAt) };
}

/**
 * The date `days` after another.
 * @param {string} date
 * @param {number} days
 */
export function shift(date, days) {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 24 * HOUR).toISOString().slice(0, 10);
}

/**
 * Whole seconds of [from, to) on the clock's grid: floor(to) − floor(from).
 * @param {number} from
 * @param {number} to
 */
export function secondsBetween(from, to) {
  return to > from ? Math.floor(to / 1000) - Math.floor(from / 1000) : 0;
}

/**
 * The seconds of [start, end) that belong to a day.
 * @param {number} start
 * @param {number} end
 * @param {{from: number, to: number}} day
 */
export function secondsWithin(start, end, day) {
  return secondsBetween(Math.max(start, day.from), Math.min(end, day.to));
}

/**
 * A zone that this browser knows, or UTC.
 * @param {string|undefined|null} zone
 */
export function knownZone(zone) {
  try {
    formatOf(zone || "UTC");
    return zone || "UTC";
  } catch {
    return "UTC";
  }
}
