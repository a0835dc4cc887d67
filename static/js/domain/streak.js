// @ts-check
/**
 * A streak as it stands now, and the months that explain it.
 *
 * @typedef {{current: number, longest: number, today_done: boolean, expires_at: string|null, freezes: number, minimum_seconds?: number}} Streak
 * @typedef {"done"|"frozen"|"missed"|"pending"} DayState
 * @typedef {{date: string, seconds: number, state: DayState}} StreakDay
 * @typedef {{date: string, day: number, state: DayState|null, seconds: number}} Cell  `state`: null before the first entry, and in time to come.
 * @typedef {{month: string, weeks: (Cell|null)[][]}} Month  `month`: its first day; weeks begin on Monday.
 */
import { shift } from "./days.js";

export const MOST_FREEZES = 2;

/** It ends by itself, and nobody says so. @param {Streak} streak @param {number} now @returns {Streak} */
export function streakAt(streak, now) {
  const over = streak.expires_at !== null && Date.parse(streak.expires_at) <= now;
  return over ? { ...streak, current: 0, today_done: false, expires_at: null, freezes: 0 } : streak;
}

/**
 * The last months up to today, the latest first.
 * @param {StreakDay[]} days  in order
 * @param {string} today
 * @param {number} count
 * @returns {Month[]}
 */
export function monthsUpTo(days, today, count) {
  const known = new Map(days.map((day) => [day.date, day]));
  /** @type {Month[]} */
  const months = [];
  for (let first = `${today.slice(0, 7)}-01`; months.length < count; first = `${shift(first, -1).slice(0, 7)}-01`) {
    months.push({ month: first, weeks: weeksOf(first, known) });
  }
  return months;
}

/** @param {string} first @param {Map<string, StreakDay>} known @returns {(Cell|null)[][]} */
function weeksOf(first, known) {
  /** @type {(Cell|null)[]} */
  const cells = Array.from({ length: weekday(first) }, () => null);
  for (let date = first; date.slice(0, 7) === first.slice(0, 7); date = shift(date, 1)) {
    const day = known.get(date);
    cells.push({ date, day: Number(date.slice(8)), state: day?.state ?? null, seconds: day?.seconds ?? 0 });
  }
  while (cells.length % 7 !== 0) cells.push(null);
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}

/** 0 is Monday. @param {string} date */
export function weekday(date) {
  return (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
}

const STEPS = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 });

/** Where an arrow leads among dates from `first` to `last`. @param {string} key @param {string} at @param {string} first @param {string} last @returns {string|null} */
export function dateAfter(key, at, first, last) {
  if (key === "Home") return first;
  if (key === "End") return last;
  const step = STEPS[key];
  if (step === undefined) return null;
  const next = shift(at, step);
  return next < first || next > last ? null : next;
}
