// @ts-check
/**
 * The person's projects, and one project as it is now: who belongs to it and whose timer runs.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {import("./types.js").Project} Project
 * @typedef {import("./types.js").Member} Member
 * @typedef {{project: Project|null, running: Entry[]}} Live
 */

/**
 * @param {Project[]} projects
 * @param {Project} project
 * @returns {Project[]}
 */
export function withProject(projects, project) {
  const known = projects.find(({ id }) => id === project.id);
  const next = merged(known, project);
  return sorted(known ? projects.map((each) => (each === known ? next : each)) : [...projects, next]);
}

/**
 * An event is the same for all readers, so it may not say what one's own role is.
 * @param {Project|null|undefined} known
 * @param {Project} project
 * @returns {Project}
 */
export function merged(known, project) {
  return { ...known, ...project, role: project.role ?? known?.role ?? null, members: project.members ?? known?.members ?? [] };
}

/** @param {Project[]} projects */
export function sorted(projects) {
  return [...projects].sort((a, b) => a.name.localeCompare(b.name) || a.id - b.id);
}

/**
 * Where time can be tracked now.
 * @param {Project[]|null} projects
 */
export function trackable(projects) {
  return (projects ?? []).filter(({ archived_at, role }) => !archived_at && may(role, "track"));
}

const RANK = { viewer: 0, contributor: 1, admin: 2, owner: 3 };
const NEEDED = { read: 0, track: 1, edit: 2, invite: 2, manage: 2, delete: 3, transfer: 3 };

/**
 * @param {Project["role"]|undefined} role
 * @param {keyof typeof NEEDED} act
 */
export function may(role, act) {
  return role ? RANK[role] >= NEEDED[act] : false;
}

/**
 * Who tracks time, as a snapshot tells it: entries that carry their user, or pairs of both as events have them.
 * @param {(Entry | {entry: Entry, user: Entry["user"]})[]} rows
 * @returns {Entry[]}
 */
export function runningIn(rows) {
  return rows.map((row) => ("entry" in row ? { ...row.entry, user: row.user } : row)).reduce(withEntry, /** @type {Entry[]} */ ([]));
}

/**
 * One event of `project:{id}`.
 * @param {Live} live
 * @param {string} name
 * @param {any} data
 * @returns {Live}
 */
export function applyProjectEvent(live, name, data) {
  const { project } = live;
  switch (name) {
    case "timer:started":
    case "timer:updated":
      return { ...live, running: withEntry(live.running, { ...data.entry, user: data.user ?? data.entry.user }) };
    case "timer:stopped":
    case "timer:discarded":
      return { ...live, running: live.running.filter(({ id }) => id !== data.entry.id) };
    case "project:updated":
      return { ...live, project: merged(project, data.project) };
    case "member:joined":
    case "member:updated":
      return project ? { ...live, project: { ...project, members: withMember(project.members, data.member) } } : live;
    case "member:left":
      return {
        running: live.running.filter(({ user_id }) => user_id !== data.user_id),
        project: project && { ...project, members: project.members.filter(({ user_id }) => user_id !== data.user_id) },
      };
    default:
      return live;
  }
}

/** @param {Entry[]} running @param {Entry} entry */
function withEntry(running, entry) {
  const known = running.find(({ id }) => id === entry.id);
  if (known && known.version > entry.version) return running;
  if (entry.ended_at) return running.filter(({ id }) => id !== entry.id);
  const changed = known ? running.map((each) => (each.id === entry.id ? entry : each)) : [...running, entry];
  return changed.sort((a, b) => Date.parse(a.started_at) - Date.parse(b.started_at) || a.id - b.id);
}

/** @param {Member[]} members @param {Member} member */
function withMember(members, member) {
  const known = members.some(({ user_id }) => user_id === member.user_id);
  return known ? members.map((each) => (each.user_id === member.user_id ? { ...each, ...member } : each)) : [...members, member];
}
