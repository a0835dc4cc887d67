// @ts-check
/** The goal of a day, as a form has it. */

/** @param {number} seconds @returns {{hours: string, minutes: string}} */
export function goalValues(seconds) {
  return { hours: String(Math.floor(seconds / 3600)), minutes: String(Math.floor(seconds / 60) % 60) };
}

/** Keys of the catalogue, by field. @param {{hours: string, minutes: string}} values @returns {Record<string, string>} */
export function goalProblems({ hours, minutes }) {
  /** @type {Record<string, string>} */
  const problems = {};
  const whole = (/** @type {string} */ text, /** @type {number} */ most) => /^[0-9]{0,2}$/.test(text.trim()) && Number(text) <= most;
  if (!whole(hours, 24)) problems.hours = "problem.goal.hours";
  if (!whole(minutes, 59)) problems.minutes = "problem.goal.minutes";
  return problems;
}

/** @param {{hours: string, minutes: string}} values @returns {number} seconds, at most a day */
export function goalOf({ hours, minutes }) {
  return Math.min(Number(hours) * 3600 + Number(minutes) * 60, 24 * 3600);
}
