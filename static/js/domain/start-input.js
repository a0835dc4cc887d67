// @ts-check
/**
 * The box where one says what one is doing: "Write the report @website #draft". `@` completes a project, `#` a tag.
 *
 * @typedef {import("./types.js").Project} Project
 * @typedef {{kind: "project"|"tag", query: string, from: number, to: number}} Mark
 */

export const MAX_TAGS = 10;
export const MAX_TAG_LENGTH = 40;
export const MAX_DESCRIPTION = 500;
const MARK = /(^|\s)([@#])([^\s@#]*)$/u;

/**
 * The mark that is being written at the caret, if any.
 * @param {string} text
 * @param {number} caret
 * @returns {Mark|null}
 */
export function markAt(text, caret) {
  const match = MARK.exec(text.slice(0, caret));
  if (!match) return null;
  const rest = /^[^\s@#]*/u.exec(text.slice(caret))?.[0].length ?? 0;
  const from = match.index + match[1].length;
  return { kind: match[2] === "@" ? "project" : "tag", query: match[3] + text.slice(caret, caret + rest), from, to: caret + rest };
}

/**
 * The text without a mark, one space where it was.
 * @param {string} text
 * @param {Mark} mark
 * @returns {{text: string, caret: number}}
 */
export function cut(text, mark) {
  const before = text.slice(0, mark.from);
  const after = text.slice(mark.to).replace(/^\s+/u, "");
  const joined = before && !/\s$/u.test(before) && after ? `${before} ${after}` : before + after;
  return { text: joined, caret: before.length };
}

/**
 * Projects that match, those that begin so before those that contain it.
 * @param {Project[]} projects
 * @param {string} query
 * @param {number} [limit]
 */
export function matchProjects(projects, query, limit = 6) {
  return ranked(projects, ({ name }) => name, query, limit);
}

/**
 * @param {string[]} tags
 * @param {string} query
 * @param {string[]} taken
 * @param {number} [limit]
 */
export function matchTags(tags, query, taken, limit = 6) {
  return ranked(tags.filter((tag) => !taken.includes(tag)), (tag) => tag, query, limit);
}

/**
 * What is meant when the box is sent: marks that name a project or a tag are taken out of the text; an `@` that names
 * no project stays as it is written.
 * @param {string} text
 * @param {Project[]} projects
 * @returns {{description: string, project: Project|null, tags: string[]}}
 */
export function read(text, projects) {
  /** @type {Project|null} */
  let project = null;
  /** @type {string[]} */
  let tags = [];
  const description = text.replace(/(^|\s)([@#])([^\s@#]+)/gu, (whole, space, sign, word) => {
    if (sign === "#") {
      tags = withTag(tags, word);
      return space;
    }
    const named = projects.find(({ name }) => plain(name) === plain(word));
    if (!named) return whole;
    project = named;
    return space;
  });
  return { description: description.replace(/\s+/gu, " ").trim().slice(0, MAX_DESCRIPTION), project, tags };
}

/**
 * Tags with one more: trimmed, short enough, none twice.
 * @param {string[]} tags
 * @param {string} tag
 */
export function withTag(tags, tag) {
  const clean = tag.trim().replace(/^#+/u, "").slice(0, MAX_TAG_LENGTH).trim();
  const known = tags.some((each) => each.toLowerCase() === clean.toLowerCase());
  return !clean || known || tags.length >= MAX_TAGS ? tags : [...tags, clean];
}

/**
 * The tags of entries, those used most first.
 * @param {{tags: string[]}[]} entries
 */
export function tagsOf(entries) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { tags } of entries) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([tag]) => tag);
}

/** @template T @param {T[]} items @param {(item: T) => string} nameOf @param {string} query @param {number} limit @returns {T[]} */
function ranked(items, nameOf, query, limit) {
  const wanted = plain(query);
  const place = (/** @type {T} */ item) => plain(nameOf(item)).indexOf(wanted);
  const found = items.filter((item) => place(item) >= 0);
  return found.sort((a, b) => Math.min(place(a), 1) - Math.min(place(b), 1)).slice(0, limit);
}

/** Without case, accents, spaces and joiners, so that "@my-site" finds "My site". @param {string} text */
function plain(text) {
  return text.normalize("NFKD").replace(/[\p{M}\s_-]/gu, "").toLowerCase();
}
