// @ts-check
/**
 * The lengths of one's own phases as a form has them: whole minutes, as text.
 *
 * @typedef {import("./pomodoro.js").Rhythm} Rhythm
 * @typedef {{work: string, short_break: string, long_break: string, cycles: string, auto_start_breaks: boolean, auto_start_work: boolean}} Values
 */

const MOST = { work: 180, short_break: 180, long_break: 180, cycles: 12 };

/** @param {Rhythm} rhythm @returns {Values} */
export function rhythmValues({ work_s, short_break_s, long_break_s, cycles, auto_start_breaks, auto_start_work }) {
  const minutes = (/** @type {number} */ seconds) => String(Math.round(seconds / 60));
  return { work: minutes(work_s), short_break: minutes(short_break_s), long_break: minutes(long_break_s), cycles: String(cycles), auto_start_breaks, auto_start_work };
}

/** Keys of the catalogue, by field. @param {Values} values @returns {Record<string, string>} */
export function rhythmProblems(values) {
  const fields = /** @type {(keyof typeof MOST)[]} */ (Object.keys(MOST));
  const wrong = fields.filter((field) => !/^[0-9]{1,3}$/.test(values[field].trim()) || Number(values[field]) < 1 || Number(values[field]) > MOST[field]);
  return Object.fromEntries(wrong.map((field) => [field, field === "cycles" ? "problem.rounds" : "problem.minutes"]));
}

/** @param {Values} values @returns {Rhythm} */
export function rhythmOf({ work, short_break, long_break, cycles, auto_start_breaks, auto_start_work }) {
  return { work_s: Number(work) * 60, short_break_s: Number(short_break) * 60, long_break_s: Number(long_break) * 60, cycles: Number(cycles), auto_start_breaks, auto_start_work };
}
