// @ts-check
/**
 * The settings of a room as a form has them: lengths in minutes, as text. What was not touched is not sent, so that a
 * length that a form cannot show stays as it is.
 *
 * @typedef {import("./types.js").RoomSettings} RoomSettings
 * @typedef {{
 *   name: string, work: string, short_break: string, long_break: string, cycles: string, capacity: string,
 *   auto_start_breaks: boolean, auto_start_work: boolean, chat: RoomSettings["chat"],
 *   visibility: "public"|"link"|"project", project_id: string,
 * }} Values
 */

const NUMBERS = /** @type {const} */ ([
  ["work", "work_s", 60, 180],
  ["short_break", "short_break_s", 60, 180],
  ["long_break", "long_break_s", 60, 180],
  ["cycles", "cycles", 1, 100],
  ["capacity", "capacity", 1, 1000],
]);
const OTHERS = /** @type {const} */ (["auto_start_breaks", "auto_start_work", "chat"]);

/** @type {RoomSettings} */
export const DEFAULTS = {
  work_s: 1500, short_break_s: 300, long_break_s: 900, cycles: 4, auto_start_breaks: true, auto_start_work: false, capacity: 50, chat: "breaks",
};

/** @param {{name: string, settings: RoomSettings, visibility: Values["visibility"], project_id: number|null}} room @returns {Values} */
export function valuesOf({ name, settings, visibility, project_id }) {
  const numbers = Object.fromEntries(NUMBERS.map(([field, setting, unit]) => [field, numberText(settings[setting] / unit)]));
  const { auto_start_breaks, auto_start_work, chat } = settings;
  return /** @type {Values} */ ({ name, ...numbers, auto_start_breaks, auto_start_work, chat, visibility, project_id: project_id === null ? "" : String(project_id) });
}

/** Keys of the catalogue, by field. @param {Values} values @param {Values} before @returns {Record<string, string>} */
export function roomProblems(values, before) {
  /** @type {Record<string, string>} */
  const problems = {};
  if (!values.name.trim()) problems.name = "problem.name.empty";
  for (const [field, , , most] of NUMBERS) {
    if (values[field] === before[field]) continue;
    const fits = /^[0-9]+$/.test(values[field].trim()) && Number(values[field]) >= 1 && Number(values[field]) <= most;
    if (!fits) problems[field] = most === 180 ? "problem.minutes" : `problem.${field}`;
  }
  if (values.visibility === "project" && !values.project_id) problems.project_id = "problem.project.none";
  return problems;
}

/** The settings that are not as before. @param {Values} values @param {Values} before @returns {Partial<RoomSettings>} */
export function settingsChanged(values, before) {
  /** @type {Record<string, any>} */
  const changed = {};
  for (const [field, setting, unit] of NUMBERS) if (values[field] !== before[field]) changed[setting] = Number(values[field]) * unit;
  for (const name of OTHERS) if (values[name] !== before[name]) changed[name] = values[name];
  return changed;
}

/** The particulars that are not as before. @param {Values} values @param {Values} before */
export function particularsChanged(values, before) {
  /** @type {Record<string, any>} */
  const changed = {};
  if (values.name.trim() !== before.name) changed.name = values.name.trim();
  if (values.visibility !== before.visibility) changed.visibility = values.visibility;
  if (values.project_id !== before.project_id) changed.project_id = values.project_id ? Number(values.project_id) : null;
  return changed;
}

/** At most two decimals, and none that say nothing. @param {number} n */
function numberText(n) {
  return String(Math.round(n * 100) / 100);
}
