// @ts-check
/**
 * One room as it is now: a snapshot, and every event after it. Events give the same as a fresh snapshot would.
 *
 * @typedef {import("./types.js").Room} Room
 * @typedef {import("./types.js").RoomMember} Member
 * @typedef {import("./types.js").RoomMessage} Message
 * @typedef {import("./types.js").Status} Status
 * @typedef {import("./types.js").Outcome} Outcome
 * @typedef {{intention: string|null, outcome: Outcome|null}} Meant
 * @typedef {{count: number, statuses: Record<number, Status>}} Presence
 * @typedef {{
 *   room: Room, members: Member[], messages: Message[], presence: Presence|null,
 *   past: {round: number, meant: Record<number, Meant>},
 * }} Scene  `past`: what members meant to do in the round before, as far as it was seen here.
 */

const MOST_MESSAGES = 50;
/** Of more than these, only how many they are is told. */
const MOST_NAMED = 200;

/**
 * @param {any} snapshot  a room with its members, messages and presence
 * @param {Scene|null} [before]
 * @returns {Scene}
 */
export function sceneOf(snapshot, before = null) {
  const { members = [], messages = [], presence = null, ...room } = snapshot;
  const past = before && before.past.round === roundBefore(room) ? before.past : { round: roundBefore(room), meant: {} };
  return { room, members, messages, presence: presenceOf(presence), past };
}

/** The round that intentions are for: the one under way, or else the one that comes. @param {Room} room */
export function roundMeant(room) {
  return room.timer.phase === null ? room.round + 1 : room.round;
}

/** @param {Room} room */
function roundBefore(room) {
  return roundMeant(room) - 1;
}

/**
 * One event of `room:{id}`.
 * @param {Scene} scene
 * @param {string} name
 * @param {any} data
 * @returns {Scene}
 */
export function applyRoomEvent(scene, name, data) {
  const { room, members, messages } = scene;
  switch (name) {
    case "room:updated":
      return updated(scene, data);
    case "room:joined":
      if (members.some(({ user_id }) => user_id === data.member.user_id)) return { ...scene, members: members.map((each) => (each.user_id === data.member.user_id ? data.member : each)) };
      return { ...scene, room: counted(room, 1), members: [...members, data.member] };
    case "room:left":
      if (!members.some(({ user_id }) => user_id === data.user_id)) return scene;
      return { ...scene, room: counted(room, -1), members: members.filter(({ user_id }) => user_id !== data.user_id) };
    case "room:intended":
      return intended(scene, data);
    case "room:message":
      return messages.some(({ id }) => id === data.message.id) ? scene : { ...scene, messages: [...messages, data.message].slice(-MOST_MESSAGES) };
    case "presence:updated":
      return { ...scene, presence: withPresence(scene.presence, data) };
    default:
      return scene;
  }
}

/**
 * The room as the answer to a command has it: it may be older than what events have told.
 * @param {Scene} scene
 * @param {Room} room
 * @returns {Scene}
 */
export function withRoom(scene, room) {
  if (room.version <= scene.room.version) return scene;
  const { members: _, messages: __, presence: ___, ...small } = /** @type {any} */ (room);
  return moved(scene, { ...small, member_count: scene.room.member_count });
}

/** @param {Scene} scene @param {any} data @returns {Scene} */
function updated(scene, { room, cause, user_id, role }) {
  const next = room.version >= scene.room.version ? moved(scene, room) : scene;
  if (cause === "kicked") return { ...next, members: next.members.filter((member) => member.user_id !== user_id) };
  const made = cause === "role_changed" ? role : cause === "host_changed" && user_id !== next.room.host_id ? "cohost" : null;
  return made ? { ...next, members: next.members.map((member) => (member.user_id === user_id && member.role !== "host" ? { ...member, role: made } : member)) } : next;
}

/** @param {Scene} scene @param {Room} room @returns {Scene} */
function moved(scene, room) {
  const after = { ...scene, room, members: scene.members.map((member) => withHost(member, room.host_id)) };
  if (roundMeant(room) === roundMeant(scene.room)) return after;
  const isNext = roundBefore(room) === roundMeant(scene.room);
  const meant = Object.fromEntries(scene.members.map(({ user_id, intention, outcome }) => [user_id, { intention, outcome }]));
  return {
    ...after,
    members: after.members.map((member) => ({ ...member, intention: null, outcome: null })),
    past: { round: roundBefore(room), meant: isNext ? meant : {} },
  };
}

/** Who was the host before is a co-host. @param {Member} member @param {number} hostId @returns {Member} */
function withHost(member, hostId) {
  if (member.user_id === hostId) return member.role === "host" ? member : { ...member, role: "host" };
  return member.role === "host" ? { ...member, role: "cohost" } : member;
}

/** @param {Scene} scene @param {any} data @returns {Scene} */
function intended(scene, { user, intention, outcome, round }) {
  const meant = { intention: intention || null, outcome };
  if (round === scene.past.round) return { ...scene, past: { round, meant: { ...scene.past.meant, [user.id]: meant } } };
  if (round !== roundMeant(scene.room)) return scene;
  return { ...scene, members: scene.members.map((member) => (member.user_id === user.id ? { ...member, ...meant } : member)) };
}

/** @param {Room} room @param {number} by @returns {Room} */
function counted(room, by) {
  return { ...room, member_count: Math.max(0, room.member_count + by) };
}

/** @param {any} presence @returns {Presence|null} */
function presenceOf(presence) {
  if (!presence?.count) return null; // one is there oneself, so nobody means: not counted yet
  return { count: presence.count, statuses: Object.fromEntries(presence.users.map((/** @type {any} */ user) => [user.user_id, user.status])) };
}

/** @param {Presence|null} presence @param {any} data @returns {Presence} */
function withPresence(presence, { joined = [], left = [], changed = [], count }) {
  if (count > MOST_NAMED) return { count, statuses: {} };
  const statuses = { ...presence?.statuses };
  for (const user of [...joined, ...changed]) statuses[user.user_id] = user.status;
  for (const user of left) delete statuses[user.user_id ?? user];
  return { count, statuses };
}

/** Who is there, told anew. @param {Scene} scene @param {any} presence @returns {Scene} */
export function withPeople(scene, presence) {
  return { ...scene, presence: presenceOf(presence) };
}

/** Without a connection nobody knows who is there. @param {Scene} scene @returns {Scene} */
export function lonely(scene) {
  return { ...scene, presence: null, members: scene.members.map((member) => ({ ...member, status: null })) };
}

/** How somebody is, or null where it is not known or not shown. @param {Scene} scene @param {Member} member @returns {Status|"gone"|null} */
export function statusOf({ presence }, member) {
  if (!presence) return member.status;
  return presence.statuses[member.user_id] ?? (presence.count <= Object.keys(presence.statuses).length ? "gone" : null);
}

/** @param {Scene|null} scene @param {number|undefined} userId */
export function memberIn(scene, userId) {
  return scene?.members.find(({ user_id }) => user_id === userId) ?? null;
}

/**
 * What one may do in a room.
 * @param {Scene} scene
 * @param {number|undefined} userId
 */
export function rightsOf(scene, userId) {
  const { room } = scene;
  const hosts = room.host_id === userId;
  return { hosts, owns: room.owner_id === userId, controls: hosts || memberIn(scene, userId)?.role === "cohost" };
}

/**
 * What the menu of a member offers.
 * @param {Scene} scene
 * @param {number|undefined} userId
 * @param {Member} member
 * @returns {("away"|"back"|"hide"|"promote"|"demote"|"transfer"|"take"|"kick")[]}
 */
export function actsOn(scene, userId, member) {
  const { hosts, owns, controls } = rightsOf(scene, userId);
  /** @type {ReturnType<typeof actsOn>} */
  const acts = [];
  if (member.user_id === userId) {
    const status = scene.presence ? statusOf(scene, member) : null;
    if (status === "away") acts.push("back", "hide");
    else if (status === "gone") acts.push("back");
    else if (status !== null) acts.push("away", "hide");
    if (owns && !hosts) acts.push("take");
    return acts;
  }
  if (hosts || owns) {
    if (member.role === "member") acts.push("promote");
    if (member.role === "cohost") acts.push("demote");
    if (member.role !== "host") acts.push("transfer");
  }
  if ((controls || owns) && member.user_id !== scene.room.owner_id && (member.role !== "host" || owns)) acts.push("kick");
  return acts;
}

/**
 * The list: one's own and joined rooms first, in each part those that run before the others, then by name.
 * @param {Room[]} all
 * @param {Room[]} mine
 * @returns {{mine: Room[], others: Room[]}}
 */
export function parted(all, mine) {
  const own = new Set(mine.map(({ id }) => id));
  return { mine: [...mine].sort(livelyFirst), others: all.filter(({ id }) => !own.has(id)).sort(livelyFirst) };
}

/** @param {Room} a @param {Room} b */
function livelyFirst(a, b) {
  return Number(b.timer.phase !== null) - Number(a.timer.phase !== null) || b.member_count - a.member_count || a.name.localeCompare(b.name) || a.id - b.id;
}

/** The slug in what somebody pasted: an address of a room, or the slug itself. @param {string} text */
export function slugIn(text) {
  const [, slug] = /(?:^|\/rooms\/)([A-Za-z0-9_-]{1,80})\/?(?:[?#].*)?$/.exec(text.trim()) ?? [];
  return slug ?? null;
}
