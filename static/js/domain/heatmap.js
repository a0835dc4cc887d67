// @ts-check
/**
 * A year of days as weeks side by side, Monday on top, and the same in words.
 *
 * @typedef {{date: string, seconds: number}} Day
 * @typedef {{date: string, seconds: number, level: number}} Cell
 * @typedef {{weeks: (Cell|null)[][], labels: {week: number, date: string}[]}} Half  `labels`: where months begin.
 */
import { shift } from "./days.js";
import { weekday } from "./streak.js";

const WEEKS = 53;
/** Seconds from which a day is of the next level. */
export const LEVELS = [1, 1800, 7200, 14_400];

/** @param {number} seconds  0 is nothing, 4 the most */
export function levelOf(seconds) {
  return LEVELS.filter((from) => seconds >= from).length;
}

/** The weeks up to today, in two halves, which stand beside or below each other. @param {Day[]} days @param {string} today @returns {Half[]} */
export function halvesUpTo(days, today) {
  const known = new Map(days.map(({ date, seconds }) => [date, seconds]));
  const monday = shift(today, -weekday(today));
  const weeks = Array.from({ length: WEEKS }, (_, index) => weekFrom(shift(monday, 7 * (index - WEEKS + 1)), today, known));
  const middle = Math.floor(WEEKS / 2);
  return [weeks.slice(0, middle), weeks.slice(middle)].map((half) => ({ weeks: half, labels: labelsOf(half) }));
}

/** @param {string} monday @param {string} today @param {Map<string, number>} known @returns {(Cell|null)[]} */
function weekFrom(monday, today, known) {
  return Array.from({ length: 7 }, (_, index) => {
    const date = shift(monday, index);
    const seconds = known.get(date) ?? 0;
    return date > today ? null : { date, seconds, level: levelOf(seconds) };
  });
}

/** Not where the next one would be written over it. @param {(Cell|null)[][]} weeks */
function labelsOf(weeks) {
  /** @type {{week: number, date: string}[]} */
  const labels = [];
  weeks.forEach((week, index) => {
    const first = week.find((cell) => cell?.date.endsWith("-01"));
    if (first && index < weeks.length - 1) labels.push({ week: index, date: first.date });
  });
  return labels;
}

/** @param {Day[]} days @returns {{days: number, seconds: number, best: Day|null}} */
export function summaryOf(days) {
  const some = days.filter(({ seconds }) => seconds > 0);
  const best = some.reduce((/** @type {Day|null} */ most, day) => (most && most.seconds >= day.seconds ? most : day), null);
  return { days: some.length, seconds: some.reduce((sum, { seconds }) => sum + seconds, 0), best };
}

/** For those who read it as a table: by month, the latest first. @param {Day[]} days @returns {{month: string, days: number, seconds: number}[]} */
export function monthsOf(days) {
  /** @type {Map<string, Day[]>} */
  const months = new Map();
  for (const day of days) {
    const month = `${day.date.slice(0, 7)}-01`;
    months.set(month, [...(months.get(month) ?? []), day]);
  }
  const rows = [...months].map(([month, some]) => ({ month, days: summaryOf(some).days, seconds: summaryOf(some).seconds }));
  return rows.sort((a, b) => (a.month < b.month ? 1 : -1));
}
