// @ts-check
/**
 * What of one's entries is looked at, as it stands in the address; and entries by the days that they belong to.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {import("./periods.js").Span} Span
 * @typedef {{
 *   range: "all"|"custom"|typeof PRESETS[number], from: string, to: string,
 *   project_id: number|"none"|null, tag: string, q: string, source: ""|Entry["source"], deleted: boolean,
 * }} Filter  `from` and `to` are dates and count where `range` is custom; either may be empty.
 * @typedef {{entry: Entry, date: string, from: number, to: number, seconds: number}} Part  What of an entry belongs to one day.
 * @typedef {{date: string, seconds: number, parts: Part[]}} DayOfParts
 */
import { dayBegins, dayOf, knownZone, secondsBetween, shift } from "./days.js";
import { dateIn, PRESETS, presetSpan } from "./periods.js";

export const SOURCES = /** @type {const} */ (["timer", "manual", "room", "import"]);

/** @type {Filter} */
export const EVERYTHING = { range: "all", from: "", to: "", project_id: null, tag: "", q: "", source: "", deleted: false };

/** @param {string} search @returns {Filter} */
export function filterIn(search) {
  const asked = new URLSearchParams(search);
  const from = dateIn(asked.get("from")) ?? "";
  const to = dateIn(asked.get("to")) ?? "";
  return {
    range: PRESETS.find((name) => name === asked.get("range")) ?? (from || to ? "custom" : "all"),
    from,
    to,
    project_id: projectIn(asked.get("project")),
    tag: asked.get("tag") ?? "",
    q: (asked.get("q") ?? "").slice(0, 200),
    source: SOURCES.find((name) => name === asked.get("source")) ?? "",
    deleted: asked.get("deleted") === "true",
  };
}

/** A project as addresses and choices have it: its id, "none" for what is on none, or nothing for all. @param {string|null} text @returns {number|"none"|null} */
export function projectIn(text) {
  const id = Number(text);
  if (text === "none") return text;
  return Number.isSafeInteger(id) && id > 0 ? id : null;
}

/** The address that shows it. @param {Filter} filter */
export function historyAddress({ range, from, to, project_id, tag, q, source, deleted }) {
  const custom = range === "custom";
  const said = { range: custom || range === "all" ? "" : range, from: custom ? from : "", to: custom ? to : "", project: project_id ?? "", tag, q, source, deleted: deleted || "" };
  const pairs = Object.entries(said).filter(([, value]) => value !== "").map(([name, value]) => [name, String(value)]);
  const search = new URLSearchParams(pairs).toString();
  return search ? `/history?${search}` : "/history";
}

/** How many conditions there are. @param {Filter} filter */
export function conditionsOf({ range, project_id, tag, q, source }) {
  return [range !== "all", project_id !== null, tag, q, source].filter(Boolean).length;
}

/** @param {Filter} filter @param {string} today @returns {{from: string|null, to: string|null}} */
export function spanIn({ range, from, to }, today) {
  if (range === "all") return { from: null, to: null };
  return range === "custom" ? { from: from || null, to: to || null } : presetSpan(range, today);
}

/** What the server is asked besides the span. @param {Filter} filter */
export function conditions({ project_id, tag, q, source }) {
  return { project_id: project_id ?? undefined, tag: tag || undefined, q: q || undefined, source: source || undefined };
}

/**
 * What the list is asked. An entry's days are those of the zone it was made in, so instants reach as far as these dates
 * do in any zone, and what lies on other days is left out by `byDay`.
 * @param {Filter} filter
 * @param {string} today
 * @returns {Record<string, string|number|undefined>}
 */
export function listQuery(filter, today) {
  const { from, to } = spanIn(filter, today);
  return {
    ...conditions(filter),
    from: from ? `${shift(from, -1)}T10:00:00Z` : undefined,
    to: to ? `${shift(to, 1)}T18:00:00Z` : undefined,
    deleted: filter.deleted ? "true" : undefined,
  };
}

/** Whether an entry is among those asked for, its days aside. @param {Entry} entry @param {Filter} filter */
export function matches(entry, { project_id, tag, q, source }) {
  return (
    (project_id === null || entry.project_id === (project_id === "none" ? null : project_id)) &&
    (!tag || entry.tags.includes(tag)) &&
    (!q || entry.description.toLowerCase().includes(q.toLowerCase())) &&
    (!source || entry.source === source)
  );
}

/** @type {WeakMap<Entry, Part[]>} */
const parts = new WeakMap();

/** A closed entry in its own days, each with its own seconds, which sum to the whole. @param {Entry} entry @returns {Part[]} */
export function partsOf(entry) {
  const known = parts.get(entry);
  if (known) return known;
  const zone = knownZone(entry.timezone);
  const start = Date.parse(entry.started_at);
  const end = Date.parse(entry.ended_at ?? entry.started_at);
  let day = dayOf(start, zone, entry.day_starts_at ?? 0);
  const made = [{ entry, date: day.date, from: start, to: Math.min(end, day.to), seconds: secondsBetween(start, Math.min(end, day.to)) }];
  while (day.to < end) {
    const date = shift(day.date, 1);
    day = { date, from: day.to, to: dayBegins(shift(date, 1), zone, entry.day_starts_at ?? 0) };
    const to = Math.min(end, day.to);
    made.push({ entry, date, from: day.from, to, seconds: secondsBetween(day.from, to) });
  }
  parts.set(entry, made);
  return made;
}

/** Entries day by day, both the latest first. @param {Entry[]} entries @param {{from: string|null, to: string|null}} span @returns {DayOfParts[]} */
export function byDay(entries, { from, to }) {
  /** @type {Map<string, Part[]>} */
  const days = new Map();
  for (const part of entries.filter(({ ended_at }) => ended_at !== null).flatMap(partsOf)) {
    if ((from && part.date < from) || (to && part.date > to)) continue;
    const day = days.get(part.date);
    if (day) day.push(part);
    else days.set(part.date, [part]);
  }
  const rows = [...days].map(([date, found]) => ({
    date,
    seconds: found.reduce((sum, { seconds }) => sum + seconds, 0),
    parts: found.sort((a, b) => b.from - a.from || b.entry.id - a.entry.id),
  }));
  return rows.sort((a, b) => (a.date < b.date ? 1 : -1));
}

/** Whether an entry is older than what has been read of a list that goes on. @param {Entry} entry @param {Entry[]} read @param {string|null} next */
export function beyond(entry, read, next) {
  if (next === null) return false;
  const at = Date.parse(entry.started_at);
  return !read.some(({ started_at }) => Date.parse(started_at) <= at);
}
