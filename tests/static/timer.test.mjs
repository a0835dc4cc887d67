import assert from "node:assert/strict";
import { test } from "node:test";
import * as timers from "../../static/js/domain/timer.js";

const base = { user_id: 1, project_id: null, description: "", tags: [], version: 1 };
const open = (id, version = 1, more = {}) => ({ ...base, id, version, started_at: "2026-11-21T08:00:00.000Z", ended_at: null, ...more });
const closed = (id, version = 2, more = {}) => ({ ...open(id, version), ended_at: "2026-11-21T09:00:00.000Z", ...more });
const day = { date: "2026-11-21", from: Date.parse("2026-11-21T00:00:00Z"), to: Date.parse("2026-11-22T00:00:00Z") };
const apply = (timer, ...events) => events.reduce((state, [name, entry]) => timers.applyEvent(state, name, { entry }).timer, timer);
const ids = (timer) => Object.keys(timer.entries).map(Number);

test("start, stop and what runs", () => {
  let timer = apply(timers.newTimer(), ["timer:started", open(1)]);
  assert.equal(timers.runningOf(timer)?.id, 1);
  timer = apply(timer, ["timer:stopped", closed(1)]);
  assert.equal(timers.runningOf(timer), null);
  assert.equal(timers.closedOn(Object.values(timer.entries), day).length, 1);
});

test("[T2] a switch is right in either order of its events, and of its ack", () => {
  const first = open(1);
  const second = open(2, 1, { started_at: "2026-11-21T09:00:00.000Z" });
  for (const events of [[["timer:stopped", closed(1)], ["timer:started", second]], [["timer:started", second], ["timer:stopped", closed(1)]]]) {
    const timer = apply(apply(timers.newTimer(), ["timer:started", first]), ...events);
    assert.equal(timers.runningOf(timer)?.id, 2);
    assert.equal(timer.entries[1].ended_at, closed(1).ended_at);
  }
});

test("an older version never overwrites a newer one, from wherever it comes", () => {
  const timer = apply(timers.newTimer(), ["entry:updated", closed(1, 5, { description: "new" })], ["entry:updated", closed(1, 3, { description: "old" })]);
  assert.equal(timer.entries[1].description, "new");
});

test("[T6] what was deleted stays so when a stale list arrives, and comes back when it is restored", () => {
  let timer = apply(timers.newTimer(), ["entry:created", closed(1, 2)], ["entry:deleted", closed(1, 3)]);
  assert.deepEqual(ids(timers.listed(timers.loading(timer), [closed(1, 2)])), []);
  timer = apply(timer, ["entry:created", closed(1, 4)]);
  assert.deepEqual(ids(timer), [1]);
});

test("a discard removes the entry", () => {
  assert.deepEqual(ids(apply(timers.newTimer(), ["timer:started", open(1)], ["timer:discarded", closed(1, 2)])), []);
});

test("a list replaces everything but what changed while it travelled", () => {
  let timer = apply(timers.newTimer(), ["entry:created", closed(1)], ["entry:created", closed(2)]);
  timer = timers.loading(timer);
  timer = apply(timer, ["entry:created", closed(3)], ["entry:deleted", closed(4, 9)]);
  timer = timers.listed(timer, [closed(2, 6), closed(4, 8)]);
  assert.deepEqual(ids(timer), [2, 3]);
  assert.equal(timer.entries[2].version, 6);
});

test("a snapshot knows what runs: another open entry is gone until the list brings its end", () => {
  const timer = apply(timers.newTimer(), ["timer:started", open(1)], ["entry:created", closed(2)]);
  assert.deepEqual(ids(timers.applySnapshot(timer, { entry: null })), [2]);
  assert.equal(timers.runningOf(timers.applySnapshot(timer, { entry: open(9) }))?.id, 9);
});

test("many changes at once ask for the list", () => {
  assert.equal(timers.applyEvent(timers.newTimer(), "entry:bulk", { count: 80 }).reload, true);
  assert.equal(timers.applyEvent(timers.newTimer(), "streak:updated", {}).reload, false);
});

test("[D2] totals count the running entry, each day its own seconds, the largest project first", () => {
  const entries = [
    open(1, 1, { project_id: 7, started_at: "2026-11-21T10:00:00.000Z" }),
    closed(2, 1, { started_at: "2026-11-20T23:00:00.000Z", ended_at: "2026-11-21T00:30:00.000Z" }),
    closed(3, 1, { project_id: 7, started_at: "2026-11-21T05:00:00.000Z", ended_at: "2026-11-21T05:10:00.000Z" }),
  ];
  const totals = timers.totalsOf(entries, day, Date.parse("2026-11-21T11:00:00.500Z"));
  assert.deepEqual(totals, { total: 3600 + 1800 + 600, projects: [{ project_id: 7, seconds: 4200 }, { project_id: null, seconds: 1800 }] });
});

test("the list of a day holds what touches it, entries of zero seconds too, newest first", () => {
  const at = (id, from, to) => closed(id, 1, { started_at: from, ended_at: to });
  const entries = [
    at(1, "2026-11-20T10:00:00.000Z", "2026-11-20T11:00:00.000Z"),
    at(2, "2026-11-20T23:00:00.000Z", "2026-11-21T00:00:00.001Z"),
    at(3, "2026-11-21T12:00:00.000Z", "2026-11-21T12:00:00.000Z"),
    at(4, "2026-11-22T00:00:00.000Z", "2026-11-22T01:00:00.000Z"),
  ];
  assert.deepEqual(timers.closedOn(entries, day).map(({ id }) => id), [3, 2]);
});
