// @ts-check
/**
 * A leaderboard as one looks at it: the first rows, which move by themselves, and those further down, read page by page.
 * A snapshot and the changes since make what a fresh snapshot would be; what does not fit on is asked for again.
 *
 * @typedef {{user_id: number, username: string, name: string, avatar_url: string|null, score: number, rank: number}} Row
 * @typedef {Omit<Row, "rank"> & {rank: number|null}} Change
 * @typedef {{rank: number|null, score: number, total: number}} Place
 * @typedef {{rows: Row[], me: Place, period_start: string, version: number}} Snapshot
 * @typedef {{period_start: string, version: number, previous: number, changes: Change[]}} Update
 * @typedef {{period: "day"|"week"|"month"|"all", scope: string, by: "time"|"badges"}} Query
 * @typedef {{rows: Row[], me: Place|null, start: string|null, version: number|null, held: Update[]}} Live
 *   `version`: null while a snapshot is on its way; what comes meanwhile is held.
 */

export const PERIODS = /** @type {const} */ (["day", "week", "month", "all"]);
const SCOPE = /^(global|following|(project|room):[1-9][0-9]{0,14})$/;

/** What an address asks for; what is no board is the week's, for everybody. @param {string} search @returns {Query} */
export function queryIn(search) {
  const asked = new URLSearchParams(search);
  const scope = asked.get("scope") ?? "";
  return {
    period: PERIODS.find((period) => period === asked.get("period")) ?? "week",
    scope: SCOPE.test(scope) ? scope : "global",
    by: asked.get("by") === "badges" ? "badges" : "time",
  };
}

/** @param {Query} query */
export function addressOf({ period, scope, by }) {
  const pairs = Object.entries({ period, scope, by }).filter(([name, value]) => value !== { period: "week", scope: "global", by: "time" }[name]);
  const text = new URLSearchParams(pairs).toString().replaceAll("%3A", ":");
  return `/board${text ? `?${text}` : ""}`;
}

/** The channel that tells of a board, if there is one: badges, and those one follows, have none. @param {Query} query */
export function channelOf({ period, scope, by }) {
  return by === "time" && scope !== "following" ? `leaderboard:${period}:${scope}` : null;
}

/** @returns {Live} */
export function newLive() {
  return { rows: [], me: null, start: null, version: null, held: [] };
}

/** A snapshot is asked for; the rows stay until it is here. @param {Live} live @returns {Live} */
export function asked(live) {
  return { ...live, version: null, held: [] };
}

/** A snapshot may be older than what came beside it. @param {Live} live @param {Snapshot} snapshot @returns {{live: Live, again: boolean}}  `again`: subscribe again. */
export function begun(live, { rows, me, period_start, version }) {
  if (live.version !== null && live.start === period_start && version < live.version) return { live, again: false };
  /** @type {{live: Live, again: boolean}} */
  let step = { live: { rows, me, start: period_start, version, held: [] }, again: false };
  for (const update of live.held) if (!step.again) step = updated(step.live, update);
  return step;
}

/** @param {Live} live @param {Update} update @returns {{live: Live, again: boolean}} */
export function updated(live, update) {
  if (live.version === null) return { live: { ...live, held: [...live.held, update] }, again: false };
  if (update.version <= live.version) return { live, again: false };
  if (update.previous !== live.version || update.period_start !== live.start) return { live: asked(live), again: true };
  return { live: { ...live, rows: changed(live.rows, update.changes), version: update.version }, again: false };
}

/** Among equals, who has moved stands last: they have reached it last. @param {Row[]} rows @param {Change[]} changes @returns {Row[]} */
export function changed(rows, changes) {
  const moved = new Set(changes.map(({ user_id }) => user_id));
  const stay = rows.filter(({ user_id }) => !moved.has(user_id));
  const come = /** @type {Row[]} */ (changes.filter(({ rank }) => rank !== null));
  return [...stay, ...come].sort((a, b) => a.rank - b.rank);
}

/** Where one stands, once rows have moved; null if they do not say. @param {Change[]} changes @param {number|undefined} userId @param {Place|null} me @returns {Place|null} */
export function placeAfter(changes, userId, me) {
  const own = changes.find(({ user_id }) => user_id === userId);
  if (!own || own.rank === null || !me) return null;
  return { rank: own.rank, score: own.score, total: Math.max(me.total, own.rank) };
}

/** The rows that move, then those further down that are not among them meanwhile. @param {Row[]} first @param {Row[]} further @returns {Row[]} */
export function together(first, further) {
  if (further.length === 0) return first;
  const known = new Set(first.map(({ user_id }) => user_id));
  return [...first, ...further.filter(({ user_id }) => !known.has(user_id))];
}

/**
 * The rows further down, after the first ones have moved: whom somebody has driven out of those is the next below, and where
 * somebody has come up from below, those who stood above them are one further down.
 * @param {Row[]} further @param {Row[]} before  the first rows @param {Row[]} now @returns {Row[]}
 */
export function below(further, before, now) {
  const last = now.at(-1);
  if (further.length === 0 || !last) return further;
  const here = new Set(now.map(({ user_id }) => user_id));
  const out = before.filter(({ user_id, score }) => !here.has(user_id) && score <= last.score);
  const left = further.filter(({ user_id }) => here.has(user_id)).map(({ rank }) => rank);
  if (out.length === 0 && left.length === 0) return further;
  const pushed = out.map((row, index) => ({ ...row, rank: row.score === last.score ? last.rank : now.length + 1 + index }));
  const rest = further.filter(({ user_id }) => !here.has(user_id));
  return [...pushed, ...rest.map((row) => (left.some((rank) => rank > row.rank) ? { ...row, rank: row.rank + left.filter((rank) => rank > row.rank).length } : row))];
}

/** How many there are: where all rows are known they say it themselves. @param {Place|null} me @param {number} rows @param {boolean} all @returns {number|null} */
export function totalOf(me, rows, all) {
  return all ? rows : me && Math.max(me.total, rows);
}

/** How many rows each has gone down since, for those who were there; negative is up. @param {number[]} before @param {number[]} now  user ids @returns {Map<number, number>} */
export function moves(before, now) {
  const places = new Map(before.map((id, index) => [id, index]));
  /** @type {Map<number, number>} */
  const moved = new Map();
  now.forEach((id, index) => {
    const was = places.get(id);
    if (was !== undefined && was !== index) moved.set(id, index - was);
  });
  return moved;
}
