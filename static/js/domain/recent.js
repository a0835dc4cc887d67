// @ts-check
/** What one did lately, each thing once, to go on with. */

/** @typedef {import("./types.js").Entry} Entry */

/** What makes two entries the same thing. @param {Pick<Entry, "description"|"project_id"|"tags">} entry */
export function kindOf({ description, project_id, tags }) {
  return JSON.stringify([description, project_id, [...tags].sort()]);
}

/**
 * The latest of each kind, newest first, without what is left out and what nobody could tell apart.
 * @param {Entry[]} entries
 * @param {Pick<Entry, "description"|"project_id"|"tags">[]} without
 * @param {number} limit
 */
export function recentKinds(entries, without, limit) {
  const seen = new Set(without.map(kindOf));
  const latest = [...entries].filter(({ description, project_id, ended_at }) => ended_at !== null && (description || project_id !== null));
  latest.sort((a, b) => Date.parse(b.started_at) - Date.parse(a.started_at));
  return latest.filter((entry) => !seen.has(kindOf(entry)) && seen.add(kindOf(entry))).slice(0, limit);
}

/**
 * Those whose words contain all that is written.
 * @param {Entry[]} kinds
 * @param {string} text
 * @param {number} limit
 */
export function matchRecent(kinds, text, limit = 5) {
  const words = text.toLowerCase().split(/\s+/u).filter(Boolean);
  if (words.join("").length < 2) return [];
  return kinds.filter(({ description }) => words.every((word) => description.toLowerCase().includes(word)) && description.toLowerCase() !== text.trim().toLowerCase()).slice(0, limit);
}
