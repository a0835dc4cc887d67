// @ts-check
/**
 * A timer that seems to have been forgotten: from some instant on its entry is in doubt, until its person says what is right.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {"keep"|"stop"|"split"|"discard"} Answer
 */
import { instantText, readWall } from "./entry-form.js";
import { inputText } from "./format.js";

/** Those in doubt, the one that runs first. @param {Entry[]} entries @returns {Entry[]} */
export function doubtful(entries) {
  const found = entries.filter(({ doubtful_from, id, pending }) => doubtful_from !== null && id > 0 && !pending);
  return found.sort((a, b) => Number(a.ended_at !== null) - Number(b.ended_at !== null) || b.id - a.id);
}

/** What has ended cannot go on. @param {Entry} entry @returns {Answer[]} */
export function answersFor(entry) {
  return entry.ended_at === null ? ["keep", "stop", "split", "discard"] : ["keep", "stop", "discard"];
}

/** When it ended, as the field has it at first. @param {Entry} entry @param {string} zone */
export function endField(entry, zone) {
  return inputText(Date.parse(entry.doubtful_from ?? entry.started_at), zone);
}

/**
 * The instant that a field says; null where it was not touched, so that the doubt's own seconds count.
 * @param {string} field @param {Entry} entry @param {string} zone @param {number} now
 * @returns {{at: string|null, problem: string|null}}  `problem`: a key of the catalogue
 */
export function endIn(field, entry, zone, now) {
  if (readWall(field) === null) return { at: null, problem: "problem.time.form" };
  if (field === endField(entry, zone)) return { at: null, problem: null };
  const at = instantText(field, zone);
  const end = entry.ended_at === null ? now : Date.parse(entry.ended_at);
  if (Date.parse(at) < Date.parse(entry.started_at)) return { at, problem: "problem.time.order" };
  if (Date.parse(at) > end) return { at, problem: entry.ended_at === null ? "problem.time.future" : "problem.time.late" };
  return { at, problem: null };
}
