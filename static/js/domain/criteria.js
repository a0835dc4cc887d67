// @ts-check
/**
 * What a badge asks for, judged while it is written, by the rules of the server [B1].
 *
 * @typedef {{metric?: string, gte?: number, all?: Criteria[], any?: Criteria[]}} Criteria
 * @typedef {{place: string, key: string, values?: Record<string, string|number>}} Problem  `key` is of the catalogue.
 */

export const METRICS = [
  "total_seconds", "project_seconds", "entry_seconds", "entries", "streak_days", "active_days",
  "rooms_joined", "rooms_hosted", "early_entries", "late_entries", "badges",
];
const KEYS = new Set(["metric", "gte", "all", "any"]);
const DEEPEST = 4;
const MOST = 20;

/** @param {string} text @returns {{criteria: Criteria|null, problems: Problem[]}} */
export function readCriteria(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { criteria: null, problems: [{ place: placeIn(text, error), key: "criteria.problem.json" }] };
  }
  /** @type {Problem[]} */
  const problems = [];
  const count = judge(value, "criteria", 0, problems);
  if (count > MOST) problems.push({ place: "criteria", key: "criteria.problem.many", values: { count: MOST } });
  return { criteria: problems.length === 0 ? value : null, problems };
}

/** How many conditions there are. @param {any} value @param {string} place @param {number} depth @param {Problem[]} problems @returns {number} */
function judge(value, place, depth, problems) {
  if (!isObject(value)) return fault(problems, place, "criteria.problem.object");
  for (const key of Object.keys(value)) if (!KEYS.has(key)) fault(problems, `${place}.${key}`, "criteria.problem.unknown");
  if (!["metric", "gte", "all", "any"].some((key) => key in value)) return fault(problems, place, "criteria.problem.empty");
  let count = 0;
  if ("metric" in value || "gte" in value) {
    count += 1;
    if (!METRICS.includes(value.metric)) fault(problems, `${place}.metric`, "criteria.problem.metric");
    if (!Number.isSafeInteger(value.gte) || value.gte < 1) fault(problems, `${place}.gte`, "criteria.problem.gte");
  }
  for (const key of ["all", "any"]) if (key in value) count += judgeList(value[key], `${place}.${key}`, depth, problems);
  return count;
}

/** @param {any} list @param {string} place @param {number} depth @param {Problem[]} problems */
function judgeList(list, place, depth, problems) {
  if (depth === DEEPEST) return fault(problems, place, "criteria.problem.deep", { count: DEEPEST });
  if (!Array.isArray(list) || list.length < 1 || list.length > MOST) return fault(problems, place, "criteria.problem.list", { count: MOST });
  return list.reduce((sum, part, index) => sum + judge(part, `${place}[${index}]`, depth + 1, problems), 0);
}

/** @param {Problem[]} problems @param {string} place @param {string} key @param {Record<string, number>} [values] */
function fault(problems, place, key, values) {
  problems.push({ place, key, values });
  return 0;
}

/** @param {any} value */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Line and column, where the browser says at which character it stopped. @param {string} text @param {unknown} error */
function placeIn(text, error) {
  const at = /position (\d+)/.exec(error instanceof Error ? error.message : "");
  const before = text.slice(0, at ? Number(at[1]) : text.length).split("\n");
  return `${before.length}:${(before.at(-1) ?? "").length + 1}`;
}

/** Written so that it is easy to change by hand. @param {Criteria} criteria */
export function criteriaText(criteria) {
  const simple = Object.keys(criteria).every((key) => key === "metric" || key === "gte");
  return simple ? JSON.stringify(criteria).replace(/([:,])/g, "$1 ") : JSON.stringify(criteria, null, 2);
}

/** One condition, if there is no more to it: then a form will do. @param {Criteria} criteria @returns {{metric: string, gte: number}|null} */
export function singleOf(criteria) {
  const { metric, gte, all, any } = criteria;
  return metric !== undefined && gte !== undefined && !all && !any ? { metric, gte } : null;
}
