// @ts-check
/**
 * Spans of whole days, by their dates: a day, a week from Monday, a month, a year; and those that one asks for most.
 *
 * @typedef {"day"|"week"|"month"|"year"} Unit
 * @typedef {{from: string, to: string}} Span  Dates, both included.
 */
import { shift } from "./days.js";
import { weekday } from "./streak.js";

/** @type {readonly Unit[]} */
export const UNITS = ["day", "week", "month", "year"];
export const PRESETS = /** @type {const} */ (["today", "yesterday", "week", "last_week", "month", "last_month", "year"]);

/** The span of a unit that holds a date. @param {Unit} unit @param {string} date @returns {Span} */
export function spanOf(unit, date) {
  if (unit === "day") return { from: date, to: date };
  if (unit === "week") {
    const monday = shift(date, -weekday(date));
    return { from: monday, to: shift(monday, 6) };
  }
  if (unit === "year") return { from: `${date.slice(0, 4)}-01-01`, to: `${date.slice(0, 4)}-12-31` };
  const first = `${date.slice(0, 7)}-01`;
  return { from: first, to: shift(`${shift(first, 31).slice(0, 7)}-01`, -1) };
}

/** The span before it, or after it. @param {Unit} unit @param {Span} span @param {-1|1} way @returns {Span} */
export function stepOf(unit, span, way) {
  return spanOf(unit, way < 0 ? shift(span.from, -1) : shift(span.to, 1));
}

/** @param {typeof PRESETS[number]} preset @param {string} today @returns {Span} */
export function presetSpan(preset, today) {
  switch (preset) {
    case "today":
      return spanOf("day", today);
    case "yesterday":
      return spanOf("day", shift(today, -1));
    case "last_week":
      return stepOf("week", spanOf("week", today), -1);
    case "last_month":
      return stepOf("month", spanOf("month", today), -1);
    default:
      return spanOf(preset, today);
  }
}

/** All dates of a span, in order. @param {Span} span @returns {string[]} */
export function datesOf({ from, to }) {
  const dates = [];
  for (let date = from; date <= to; date = shift(date, 1)) dates.push(date);
  return dates;
}

/** All months of a span, as `2026-03`. @param {Span} span @returns {string[]} */
export function monthsOf({ from, to }) {
  const months = [];
  for (let first = `${from.slice(0, 7)}-01`; first <= to; first = shift(spanOf("month", first).to, 1)) months.push(first.slice(0, 7));
  return months;
}

/** A date as it stands in an address, or null. @param {string|null|undefined} text */
export function dateIn(text) {
  if (!text || !/^(20\d\d)-\d\d-\d\d$/.test(text)) return null;
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text ? null : text;
}
