// @ts-check
/**
 * Summaries as they are drawn: bars of projects above each other, shares, and a scale of round hours.
 *
 * @typedef {import("./periods.js").Span} Span
 * @typedef {import("./periods.js").Unit} Unit
 * @typedef {{id: number, name: string|null}|null} OfProject
 * @typedef {{day?: string, month?: string, project?: OfProject, tag?: string|null, total_seconds: number}} Group
 * @typedef {{unit: Unit, span: Span, project_id: number|"none"|null, tag: string}} Query
 * @typedef {{key: string, seconds: number, pieces: {project: OfProject, from: number, seconds: number}[]}} Bar
 *   `key`: its date, or month; `from`: the seconds below the piece.
 * @typedef {{key: string, seconds: number, share: number, project?: OfProject, tag?: string|null}} Share
 */
import { projectIn } from "./history.js";
import { datesOf, monthsOf, dateIn, spanOf, UNITS } from "./periods.js";

const HOUR = 3600;
const STEPS = [300, 900, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, 24 * HOUR, 48 * HOUR, 96 * HOUR, 168 * HOUR];
const MOST_LINES = 5;

/** @param {string} search @param {string} today @returns {Query} */
export function reportIn(search, today) {
  const asked = new URLSearchParams(search);
  const unit = UNITS.find((name) => name === asked.get("range")) ?? "week";
  return {
    unit,
    span: spanOf(unit, dateIn(asked.get("on")) ?? today),
    project_id: projectIn(asked.get("project")),
    tag: asked.get("tag") ?? "",
  };
}

/** @param {Query} query @param {string} today  whose span needs no date in the address */
export function reportAddress({ unit, span, project_id, tag }, today) {
  const now = spanOf(unit, today).from === span.from;
  const said = { range: unit === "week" ? "" : unit, on: now ? "" : span.from, project: project_id ?? "", tag };
  const pairs = Object.entries(said).filter(([, value]) => value !== "").map(([name, value]) => [name, String(value)]);
  const search = new URLSearchParams(pairs).toString();
  return search ? `/reports?${search}` : "/reports";
}

/** What is grouped: a year by months, all else by days. @param {Unit} unit @returns {"month"|"day"} */
export function grainOf(unit) {
  return unit === "year" ? "month" : "day";
}

/**
 * A bar for each day, or month, of the span, its projects in the order of the whole span, the largest at the bottom.
 * @param {Group[]} groups  by day or month, and project
 * @param {Unit} unit
 * @param {Span} span
 * @returns {Bar[]}
 */
export function barsOf(groups, unit, span) {
  const order = new Map(sharesOf(groups, "project").map(({ key }, index) => [key, index]));
  const keys = grainOf(unit) === "month" ? monthsOf(span) : datesOf(span);
  const place = (/** @type {Group} */ group) => order.get(keyOf(group, "project")) ?? 0;
  return keys.map((key) => {
    const own = groups.filter((group) => (group.month ?? group.day) === key).sort((a, b) => place(a) - place(b));
    let seconds = 0;
    const pieces = own.map(({ project = null, total_seconds }) => {
      seconds += total_seconds;
      return { project, from: seconds - total_seconds, seconds: total_seconds };
    });
    return { key, seconds, pieces };
  });
}

/**
 * Time by project, or tag, the most first; `share` is of the sum.
 * @param {Group[]} groups
 * @param {"project"|"tag"} by
 * @returns {Share[]}
 */
export function sharesOf(groups, by) {
  /** @type {Map<string, Share>} */
  const shares = new Map();
  for (const group of groups) {
    const key = keyOf(group, by);
    const share = shares.get(key) ?? { key, seconds: 0, share: 0, project: group.project ?? null, tag: group.tag ?? null };
    shares.set(key, { ...share, seconds: share.seconds + group.total_seconds });
  }
  const all = [...shares.values()].filter(({ seconds }) => seconds > 0);
  const sum = all.reduce((total, { seconds }) => total + seconds, 0);
  return all.map((share) => ({ ...share, share: share.seconds / sum })).sort((a, b) => b.seconds - a.seconds || (a.key < b.key ? -1 : 1));
}

/** @param {Group} group @param {"project"|"tag"} by */
function keyOf(group, by) {
  return by === "project" ? `p${group.project?.id ?? ""}` : `t${group.tag ?? ""}`;
}

/** Where the lines of a scale lie that reaches over the largest bar, in seconds, without zero. @param {number} most @returns {number[]} */
export function linesOf(most) {
  const step = STEPS.find((each) => most <= each * MOST_LINES && (each >= HOUR || most <= HOUR)) ?? Math.ceil(most / MOST_LINES / (168 * HOUR)) * 168 * HOUR;
  const count = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: count }, (_, index) => (index + 1) * step);
}

/** More or less than before, as a part of it; null where there is nothing to compare. @param {number} now @param {number} before */
export function changeOf(now, before) {
  return before > 0 ? (now - before) / before : null;
}

/** The mean of the days that have time. @param {Bar[]} bars */
export function meanOf(bars) {
  const some = bars.filter(({ seconds }) => seconds > 0);
  return some.length > 0 ? Math.round(some.reduce((sum, { seconds }) => sum + seconds, 0) / some.length) : 0;
}

/** The months up to today of a heatmap: of this year and the last. @param {{date: string, seconds: number}[]} days @param {string} today */
export function lastYear(days, today) {
  const from = `${Number(today.slice(0, 4)) - 1}${today.slice(4)}`;
  return days.filter(({ date }) => date > from && date <= today).sort((a, b) => (a.date < b.date ? -1 : 1));
}
