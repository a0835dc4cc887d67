import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, asked, begun, below, changed, channelOf, moves, newLive, placeAfter, queryIn, together, updated } from "../../static/js/domain/boards.js";

const row = (user_id, score, rank) => ({ user_id, username: `u${user_id}`, name: "", avatar_url: null, score, rank });
const snapshot = (rows, version = 1, me = { rank: null, score: 0, total: rows.length }) => ({ rows, me, period_start: "2026-11-16", version });
const update = (changes, version, previous = version - 1) => ({ period_start: "2026-11-16", version, previous, changes });

/** A board by its scores: equal ones share a rank, and among them stands first who came there first. */
function boardOf(scores) {
  const sorted = [...scores].sort((a, b) => b[1] - a[1] || a[2] - b[2]);
  return sorted.map(([id, score]) => row(id, score, 1 + sorted.filter(([, other]) => other > score).length));
}

/** What the server tells: rows that came or moved, and those that are gone. */
function changesBetween(before, now) {
  const old = new Map(before.map((each) => [each.user_id, JSON.stringify(each)]));
  const come = now.filter((each) => old.get(each.user_id) !== JSON.stringify(each));
  const stay = new Set(now.map(({ user_id }) => user_id));
  return [...come, ...before.filter(({ user_id }) => !stay.has(user_id)).map((each) => ({ ...each, rank: null }))];
}

/** A source of chance that is the same each time. */
function dice(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("a snapshot and all changes since are what a fresh snapshot would be", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const roll = dice(seed);
    const scores = new Map();
    let now = [];
    let live = begun(newLive(), snapshot([])).live;
    for (let step = 2; step < 60; step += 1) {
      const id = 1 + roll(12);
      if (roll(6) === 0) scores.delete(id);
      else scores.set(id, [id, (scores.get(id)?.[1] ?? 0) + 7 * step + id / 100, step]); // no two are equal
      const next = boardOf([...scores.values()]);
      const done = updated(live, update(changesBetween(now, next), step));
      assert.equal(done.again, false);
      live = done.live;
      now = next;
      assert.deepEqual(live.rows, now, `seed ${seed}, step ${step}`);
    }
  }
});

test("who comes to an equal score stands behind those who were there", () => {
  const rows = [row(1, 90, 1), row(2, 60, 2), row(3, 30, 3)];
  assert.deepEqual(changed(rows, [row(3, 60, 2)]).map(({ user_id }) => user_id), [1, 2, 3]);
  assert.deepEqual(changed(rows, [row(3, 90, 1), row(2, 60, 3)]).map(({ user_id, rank }) => [user_id, rank]), [[1, 1], [3, 1], [2, 3]]);
});

test("what does not fit on is asked for again, and what is old changes nothing", () => {
  const { live } = begun(newLive(), snapshot([row(1, 60, 1)], 5));
  assert.equal(updated(live, update([row(2, 90, 1)], 5)).live, live);
  for (const late of [update([], 8), { ...update([], 6), period_start: "2026-11-23" }]) {
    const step = updated(live, late);
    assert.deepEqual([step.again, step.live.version, step.live.rows], [true, null, live.rows]);
  }
});

test("what comes while a snapshot is on its way is applied after it", () => {
  const waiting = asked(begun(newLive(), snapshot([row(1, 60, 1)], 5)).live);
  const early = updated(updated(waiting, update([row(9, 9, 9)], 6)).live, update([row(2, 90, 1), row(1, 60, 2)], 7)).live;
  const { live, again } = begun(early, snapshot([row(1, 60, 1)], 6));
  assert.deepEqual([again, live.version, live.rows.map(({ user_id }) => user_id)], [false, 7, [2, 1]]);
  assert.equal(begun(early, snapshot([], 4)).again, true);
  assert.equal(begun(live, snapshot([], 6)).live, live, "one that is older than what came beside it");
});

test("one's own place follows one's own row, and is asked for where that does not say it", () => {
  const me = { rank: 5, score: 10, total: 7 };
  assert.deepEqual(placeAfter([row(1, 60, 2)], 1, me), { rank: 2, score: 60, total: 7 });
  assert.equal(placeAfter([row(2, 60, 2)], 1, me), null);
  assert.equal(placeAfter([{ ...row(1, 60, 2), rank: null }], 1, me), null);
});

test("who is driven out of the first rows is the next below them, and no row is lost", () => {
  const before = [row(1, 90, 1), row(2, 80, 2), row(3, 70, 3)];
  const further = [row(4, 60, 4), row(5, 50, 5), row(6, 40, 6)];
  const now = [row(5, 100, 1), row(1, 90, 2), row(2, 80, 3)]; // 5 has come up
  assert.deepEqual(below(further, before, now), [row(3, 70, 4), row(4, 60, 5), row(6, 40, 6)]);
  assert.deepEqual(together(now, below(further, before, now)).map(({ user_id }) => user_id), [5, 1, 2, 3, 4, 6]);
  const away = [row(2, 80, 1), row(3, 70, 2), row(4, 60, 3)]; // 1 shows themselves no more
  assert.deepEqual(together(away, below(further, before, away)).map(({ user_id }) => user_id), [2, 3, 4, 5, 6]);
  assert.equal(below(further, before, before), further, "nothing has changed");
});

test("rows further down give way to those that have come up", () => {
  const ids = (rows) => rows.map(({ user_id }) => user_id);
  assert.deepEqual(ids(together([row(1, 9, 1), row(4, 8, 2)], [row(3, 7, 3), row(4, 6, 4), row(5, 5, 5)])), [1, 4, 3, 5]);
});

test("how far each row has gone", () => {
  assert.deepEqual([...moves([1, 2, 3, 4], [4, 1, 2, 9])], [[4, -3], [1, 1], [2, 1]]);
});

test("a thousand rows are put in order within a frame", () => {
  const scores = Array.from({ length: 1000 }, (_, id) => [id + 1, 5000 - id, 0]);
  const rows = boardOf(scores);
  const begin = performance.now();
  for (let turn = 0; turn < 20; turn += 1) changed(rows, rows.slice(turn, turn + 40));
  assert.ok((performance.now() - begin) / 20 < 16);
});

test("addresses say which board, and only what is not usual", () => {
  const usual = { period: "week", scope: "global", by: "time" };
  assert.deepEqual(queryIn(""), usual);
  assert.deepEqual(queryIn("?period=year&scope=project:07&by=luck"), usual);
  const other = { period: "all", scope: "project:7", by: "badges" };
  assert.equal(addressOf(other), "/board?period=all&scope=project:7&by=badges");
  assert.deepEqual(queryIn("?period=all&scope=project:7&by=badges"), other);
  assert.equal(addressOf(usual), "/board");
  assert.deepEqual([usual, { ...usual, scope: "following" }, { ...usual, by: "badges" }].map(channelOf), ["leaderboard:week:global", null, null]);
});
