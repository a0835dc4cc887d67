import assert from "node:assert/strict";
import { test } from "node:test";
import { headOf, markSent, newOutbox, overlay, push, refused, settled } from "../../static/js/domain/outbox.js";

const T0 = Date.parse("2026-11-21T08:00:00.000Z");
const at = (minutes) => new Date(T0 + minutes * 60_000).toISOString();
const entry = (id, more = {}) => ({ id, user_id: 1, project_id: null, description: "d", tags: [], started_at: at(0), ended_at: null, version: 1, ...more });
let ids = 0;
const add = (outbox, name, payload = {}, { live = true, minute = 0, running = null } = {}) =>
  push(outbox, { id: `c${(ids += 1)}`, spare: `s${ids}`, name, payload, madeAt: T0 + minute * 60_000, live, running });
const seen = ({ items }) => items.map(({ name, payload }) => [name, payload]);

test("[T3] with a connection the server takes the time; without one the click's instant is sent", () => {
  assert.deepEqual(seen(add(newOutbox(), "timer:start", { description: "a" })), [["timer:start", { description: "a" }]]);
  assert.deepEqual(seen(add(newOutbox(), "timer:start", { description: "a" }, { live: false, minute: 3 })), [
    ["timer:start", { started_at: at(3), description: "a" }],
  ]);
  assert.deepEqual(seen(add(newOutbox(), "timer:stop", {}, { live: false, minute: 5, running: entry(7) })), [
    ["timer:stop", { ended_at: at(5), entry_id: 7 }],
  ]);
});

test("[T3] a start and a stop both made offline are one entry with both instants", () => {
  let outbox = add(newOutbox(), "timer:start", { description: "a", tags: ["x"] }, { live: false, minute: 1 });
  outbox = add(outbox, "timer:update", { description: "b", project_id: 4 }, { live: false, minute: 2 });
  outbox = add(outbox, "timer:stop", {}, { live: false, minute: 9 });
  assert.deepEqual(seen(outbox), [
    ["entry:add", { description: "b", tags: ["x"], project_id: 4, start_time: at(1), end_time: at(9), source: "timer" }],
  ]);
});

test("offline, a switch ends the server's timer at its instant and the next switch ends the first", () => {
  const running = entry(7);
  let outbox = add(newOutbox(), "timer:start", { description: "b" }, { live: false, minute: 10, running });
  outbox = add(outbox, "timer:start", { description: "c" }, { live: false, minute: 20, running });
  assert.deepEqual(seen(outbox), [
    ["timer:stop", { entry_id: 7, ended_at: at(10) }],
    ["entry:add", { description: "b", start_time: at(10), end_time: at(20), source: "timer" }],
    ["timer:start", { started_at: at(20), description: "c" }],
  ]);
});

test("a start made and discarded offline leaves nothing, but what it ended stays ended", () => {
  const outbox = add(newOutbox(), "timer:start", {}, { live: false, minute: 10, running: entry(7) });
  assert.deepEqual(seen(add(outbox, "timer:discard", {}, { live: false, minute: 11, running: entry(7) })), [["timer:stop", { entry_id: 7, ended_at: at(10) }]]);
});

test("[T5] a command that was sent keeps its id and its arguments", () => {
  let outbox = add(newOutbox(), "timer:start", { description: "a" });
  const { id } = headOf(outbox);
  outbox = markSent(outbox, id);
  outbox = add(outbox, "timer:stop", {}, { live: false, minute: 4 });
  assert.deepEqual(outbox.items[0].payload, { description: "a" });
  assert.equal(outbox.items[0].id, id);
});

test("a stop that meant an unanswered start learns its entry", () => {
  let outbox = add(newOutbox(), "timer:start", {});
  const { id } = headOf(outbox);
  outbox = add(markSent(outbox, id), "timer:stop", {}, { live: false, minute: 4 });
  outbox = settled(outbox, id, entry(9));
  assert.deepEqual(seen(outbox), [["timer:stop", { ended_at: at(4), entry_id: 9 }]]);
});

test("an end before the late start is left to the server", () => {
  let outbox = add(newOutbox(), "timer:start", {});
  const { id } = headOf(outbox);
  outbox = add(markSent(outbox, id), "timer:stop", {}, { live: false, minute: 4 });
  outbox = settled(outbox, id, entry(9, { started_at: at(6) }));
  assert.deepEqual(seen(outbox), [["timer:stop", { entry_id: 9 }]]);
});

test("[T6] two changes in a row do not conflict with each other", () => {
  const running = entry(7, { version: 3 });
  let outbox = add(newOutbox(), "timer:update", { entry_id: 7, version: 3, description: "a" }, { running });
  outbox = add(outbox, "timer:update", { entry_id: 7, version: 3, tags: ["x"] }, { running });
  outbox = settled(markSent(outbox, headOf(outbox).id), headOf(outbox).id, entry(7, { version: 4 }));
  assert.equal(headOf(outbox).payload.version, 4);
});

test("when a start is refused, what was meant for it goes too", () => {
  let outbox = add(newOutbox(), "timer:start", {});
  const { id } = headOf(outbox);
  outbox = add(outbox, "timer:stop", {});
  assert.deepEqual(refused(outbox, id).items, []);
});

test("what waits is shown as if it were done", () => {
  const running = entry(7);
  let outbox = add(newOutbox(), "timer:start", { description: "next", tags: ["x"] }, { minute: 5, running });
  let shown = overlay(running, outbox);
  assert.equal(shown.running.description, "next");
  assert.equal(shown.running.pending, true);
  assert.deepEqual(shown.ended.map(({ id, ended_at }) => [id, ended_at]), [[7, at(5)]]);
  outbox = add(outbox, "timer:stop", {}, { minute: 6, running });
  shown = overlay(running, outbox);
  assert.equal(shown.running, null);
  assert.equal(shown.ended.length, 2);
  assert.deepEqual(overlay(running, add(newOutbox(), "timer:discard", {}, { running })).discarded, [7]);
});

test("nothing waiting: the server's word, unchanged", () => {
  const running = entry(7);
  assert.deepEqual(overlay(running, newOutbox()), { running, ended: [], discarded: [], edited: {} });
});
