// @ts-check
/**
 * An entry as fields of a form, and back: only what was changed is sent, and an instant whose minute was not touched
 * keeps its seconds.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {{description: string, project_id: string, tags: string, started_at: string, ended_at: string}} Fields
 */
import { instantOf } from "./days.js";
import { inputText } from "./format.js";
import { MAX_TAGS, withTag } from "./start-input.js";

/** @param {Entry} entry @param {string} zone @returns {Fields} */
export function entryFields(entry, zone) {
  return {
    description: entry.description,
    project_id: entry.project_id === null ? "" : String(entry.project_id),
    tags: entry.tags.join(", "),
    started_at: inputText(Date.parse(entry.started_at), zone),
    ended_at: entry.ended_at === null ? "" : inputText(Date.parse(entry.ended_at), zone),
  };
}

/** @param {Fields} fields @param {Entry} entry @param {string} zone @returns {Record<string, any>} */
export function entryChanges(fields, entry, zone) {
  const before = entryFields(entry, zone);
  /** @type {Record<string, any>} */
  const changes = {};
  const description = fields.description.trim();
  if (description !== entry.description) changes.description = description;
  if (fields.project_id !== before.project_id) changes.project_id = fields.project_id === "" ? null : Number(fields.project_id);
  const tags = tagsIn(fields.tags);
  if (tags.join("\n") !== entry.tags.join("\n")) changes.tags = tags;
  if (fields.started_at !== before.started_at) changes.started_at = instantText(fields.started_at, zone);
  if (entry.ended_at !== null && fields.ended_at !== before.ended_at) changes.ended_at = instantText(fields.ended_at, zone);
  return changes;
}

/** Keys of the catalogue, by field. @param {Fields} fields @param {Entry} entry @param {string} zone @param {number} now @returns {Record<string, string>} */
export function entryProblems(fields, entry, zone, now) {
  const changes = entryChanges(fields, entry, zone);
  const start = Date.parse(changes.started_at ?? entry.started_at);
  const end = Date.parse(changes.ended_at ?? entry.ended_at ?? "");
  /** @type {Record<string, string>} */
  const problems = {};
  if (!readWall(fields.started_at)) problems.started_at = "problem.time.form";
  else if (changes.started_at && start > now) problems.started_at = "problem.time.future";
  if (entry.ended_at !== null) {
    if (!readWall(fields.ended_at)) problems.ended_at = "problem.time.form";
    else if (end < start) problems.ended_at = "problem.time.order";
    else if (changes.ended_at && end > now) problems.ended_at = "problem.time.future";
  }
  if (fields.tags.split(",").filter((tag) => tag.trim()).length > MAX_TAGS) problems.tags = "problem.tags.many";
  return problems;
}

/** @param {string} text  "a, #b" */
function tagsIn(text) {
  return text.split(",").reduce(withTag, /** @type {string[]} */ ([]));
}

/** @param {string} text  YYYY-MM-DDTHH:MM, a wall time @returns {number|null} */
export function readWall(text) {
  const wall = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? Date.parse(`${text}Z`) : NaN;
  return Number.isNaN(wall) ? null : wall;
}

/** @param {string} text @param {string} zone */
export function instantText(text, zone) {
  const wall = readWall(text);
  return wall === null ? "" : new Date(instantOf(wall, zone)).toISOString();
}
