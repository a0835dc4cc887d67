// @ts-check
/**
 * What cutting, joining and changing many entries at once will do, and what undoes it.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {{project_id?: number|null, description?: string, tags?: string[], add_tags?: string[], remove_tags?: string[]}} Edit
 * @typedef {{project: string, description: string, add: string, remove: string}} BulkFields  `project` is "keep", "" for none, or an id.
 */
import { secondsBetween } from "./days.js";
import { withTag } from "./start-input.js";

export const MOST = 200;
const MOST_UNDOING = 10;

/** @param {BulkFields} fields @returns {Edit} */
export function bulkEdit({ project, description, add, remove }) {
  /** @type {Edit} */
  const edit = {};
  if (project !== "keep") edit.project_id = project === "" ? null : Number(project);
  if (description.trim()) edit.description = description.trim();
  if (tagsIn(add).length > 0) edit.add_tags = tagsIn(add);
  if (tagsIn(remove).length > 0) edit.remove_tags = tagsIn(remove);
  return edit;
}

/** @param {string} text  "a, #b" */
function tagsIn(text) {
  return text.split(",").reduce(withTag, /** @type {string[]} */ ([]));
}

/**
 * The edits that give entries back what they had; null where that would be too many calls.
 * @param {Entry[]} before
 * @param {Edit} edit
 * @returns {{ids: number[], edit: Edit}[]|null}
 */
export function undoOf(before, edit) {
  /** @type {Map<string, {ids: number[], edit: Edit}>} */
  const steps = new Map();
  for (const { id, project_id, description, tags } of before) {
    /** @type {Edit} */
    const had = {};
    if (edit.project_id !== undefined) had.project_id = project_id;
    if (edit.description !== undefined) had.description = description;
    if (edit.add_tags || edit.remove_tags || edit.tags) had.tags = tags;
    const step = steps.get(JSON.stringify(had));
    if (step) step.ids.push(id);
    else steps.set(JSON.stringify(had), { ids: [id], edit: had });
  }
  return steps.size > MOST_UNDOING ? null : [...steps.values()];
}

/**
 * What would become of entries that are merged.
 * @param {Entry[]} entries  closed ones, two at least
 * @returns {{first: Entry, from: number, to: number, seconds: number, gap: number, projects: (number|null)[]}}
 *   `gap`: seconds between the ends that none of them covers.
 */
export function mergeOf(entries) {
  const sorted = [...entries].sort((a, b) => Date.parse(a.started_at) - Date.parse(b.started_at) || a.id - b.id);
  const from = Date.parse(sorted[0].started_at);
  let to = from;
  let gap = 0;
  for (const { started_at, ended_at } of sorted) {
    gap += secondsBetween(to, Date.parse(started_at));
    to = Math.max(to, Date.parse(ended_at ?? started_at));
  }
  return { first: sorted[0], from, to, seconds: secondsBetween(from, to), gap, projects: [...new Set(sorted.map(({ project_id }) => project_id))] };
}

/** What gives the first of merged entries back what it was. @param {Entry} entry */
export function formerFields({ project_id, description, tags, started_at, ended_at }) {
  return { project_id, description, tags, started_at, ended_at };
}

/** Where a cut is proposed: in the middle, on a whole minute if one lies inside. @param {Entry} entry */
export function middleOf({ started_at, ended_at }) {
  const start = Date.parse(started_at);
  const end = Date.parse(ended_at ?? started_at);
  const minute = Math.round((start + end) / 2 / 60_000) * 60_000;
  return minute > start && minute < end ? minute : Math.floor((start + end) / 2);
}

/** Both parts of an entry that is cut; null where `at` is not inside it. @param {Entry} entry @param {number} at @returns {[number, number]|null} */
export function cutAt({ started_at, ended_at }, at) {
  const start = Date.parse(started_at);
  const end = Date.parse(ended_at ?? started_at);
  return at > start && at < end ? [secondsBetween(start, at), secondsBetween(at, end)] : null;
}
