// @ts-check
/**
 * A person's entries as this page knows them. Acks, events, snapshots and lists may come in any order:
 * the higher `version` of an entry wins, and what was deleted stays so until something newer is said of it.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {import("./types.js").Day} Day
 * @typedef {{
 *   entries: Record<number, Entry>, gone: Record<number, number>,
 *   touched: number[]|null, loaded: boolean,
 * }} Timer  `touched`: what changed while a list is on its way, else null.
 */
import { secondsBetween, secondsWithin } from "./days.js";

/** @returns {Timer} */
export function newTimer() {
  return { entries: {}, gone: {}, touched: null, loaded: false };
}

/**
 * @param {Timer} timer
 * @param {Entry} entry
 * @returns {Timer}
 */
export function put(timer, entry) {
  const known = timer.entries[entry.id];
  if (known && known.version > entry.version) return timer;
  if ((timer.gone[entry.id] ?? -1) > entry.version) return timer;
  const { [entry.id]: _, ...gone } = timer.gone;
  return { ...timer, entries: { ...timer.entries, [entry.id]: entry }, gone, touched: touch(timer, entry.id) };
}

/**
 * @param {Timer} timer
 * @param {{id: number, version?: number}} entry
 * @returns {Timer}
 */
export function remove(timer, entry) {
  const known = timer.entries[entry.id];
  const version = entry.version ?? known?.version ?? 0;
  if (known && known.version > version) return timer;
  const { [entry.id]: _, ...entries } = timer.entries;
  return { ...timer, entries, gone: { ...timer.gone, [entry.id]: version }, touched: touch(timer, entry.id) };
}

/** @param {Timer} timer @param {number} id */
function touch(timer, id) {
  return timer.touched && [...timer.touched, id];
}

/**
 * One event of `user:{id}`. `reload` says that the list must be read again.
 * @param {Timer} timer
 * @param {string} name
 * @param {any} data
 * @returns {{timer: Timer, reload: boolean}}
 */
export function applyEvent(timer, name, data) {
  switch (name) {
    case "timer:started":
    case "timer:stopped":
    case "timer:updated":
    case "entry:created":
    case "entry:updated":
      return { timer: put(timer, data.entry), reload: false };
    case "timer:discarded":
    case "entry:deleted":
      return { timer: remove(timer, data.entry), reload: false };
    case "entry:bulk":
      return { timer, reload: true };
    default:
      return { timer, reload: false };
  }
}

/**
 * The snapshot knows only the running entry. Another one that is still open here has ended meanwhile, nobody knows when,
 * so it goes, and the list that is read next brings it back with its end.
 * @param {Timer} timer
 * @param {{entry: Entry|null}} snapshot
 * @returns {Timer}
 */
export function applySnapshot(timer, { entry }) {
  const entries = Object.fromEntries(
    Object.entries(timer.entries).filter(([, known]) => known.ended_at !== null || known.id === entry?.id),
  );
  const next = { ...timer, entries };
  return entry ? put(next, entry) : next;
}

/**
 * A list is on its way: remember what changes until it is here.
 * @param {Timer} timer
 * @returns {Timer}
 */
export function loading(timer) {
  return { ...timer, touched: [] };
}

/**
 * The list stands for everything but what changed while it travelled. An open entry stays: it is the channel's to end.
 * @param {Timer} timer
 * @param {Entry[]} list
 * @returns {Timer}
 */
export function listed(timer, list) {
  const touched = new Set(timer.touched ?? []);
  const kept = Object.values(timer.entries).filter((entry) => touched.has(entry.id) || entry.ended_at === null);
  const before = { ...timer, entries: Object.fromEntries(kept.map((entry) => [entry.id, entry])) };
  return { ...list.reduce(put, before), touched: null, loaded: true };
}

/**
 * The running entry; of two (a moment between two events) the later.
 * @param {Timer} timer
 * @returns {Entry|null}
 */
export function runningOf(timer) {
  const open = Object.values(timer.entries).filter((entry) => entry.ended_at === null);
  return open.sort(newestFirst)[0] ?? null;
}

/**
 * Closed entries that touch a day, newest first.
 * @param {Entry[]} entries
 * @param {Day} day
 * @returns {Entry[]}
 */
export function closedOn(entries, day) {
  return entries
    .filter((entry) => {
      if (entry.ended_at === null) return false;
      const start = Date.parse(entry.started_at);
      return start < day.to && (Date.parse(entry.ended_at) > day.from || start >= day.from);
    })
    .sort(newestFirst);
}

/**
 * Whole seconds of an entry so far, or within a day.
 * @param {Entry} entry
 * @param {number} now
 * @param {Day} [day]
 */
export function secondsOf(entry, now, day) {
  const start = Date.parse(entry.started_at);
  const end = entry.ended_at === null ? now : Date.parse(entry.ended_at);
  return day ? secondsWithin(start, end, day) : secondsBetween(start, end);
}

/**
 * Tracked time of a day, whole and by project, the largest first.
 * @param {Entry[]} entries
 * @param {Day} day
 * @param {number} now
 * @returns {{total: number, projects: {project_id: number|null, seconds: number}[]}}
 */
export function totalsOf(entries, day, now) {
  /** @type {Map<number|null, number>} */
  const sums = new Map();
  for (const entry of entries) {
    const seconds = secondsOf(entry, now, day);
    if (seconds > 0) sums.set(entry.project_id, (sums.get(entry.project_id) ?? 0) + seconds);
  }
  const projects = [...sums].map(([project_id, seconds]) => ({ project_id, seconds }));
  projects.sort((a, b) => b.seconds - a.seconds || (a.project_id ?? 0) - (b.project_id ?? 0));
  return { total: projects.reduce((sum, { seconds }) => sum + seconds, 0), projects };
}

/** @param {Entry} a @param {Entry} b */
function newestFirst(a, b) {
  return Date.parse(b.started_at) - Date.parse(a.started_at) || b.id - a.id;
}
