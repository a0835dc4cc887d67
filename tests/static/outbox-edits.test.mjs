// What was tracked offline is changed and deleted before the server knows of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { markSent, newOutbox, overlay, push, refused, settled } from "../../static/js/domain/outbox.js";
import { makerOf, undeleted } from "../../static/js/domain/outbox-edits.js";

const T0 = Date.parse("2026-11-21T08:00:00.000Z");
const at = (minutes) => new Date(T0 + minutes * 60_000).toISOString();
const entry = (id, more = {}) => ({ id, user_id: 1, project_id: null, description: "d", tags: [], started_at: at(0), ended_at: null, version: 1, ...more });
let ids = 0;
const add = (outbox, name, payload = {}, { live = false, minute = 0, running = null } = {}) =>
  push(outbox, { id: `c${(ids += 1)}`, spare: `s${ids}`, name, payload, madeAt: T0 + minute * 60_000, live, running });
const seen = ({ items }) => items.map(({ name, payload }) => [name, payload]);
const tracked = () => add(add(newOutbox(), "timer:start", { description: "a", tags: [] }, { minute: 1 }), "timer:stop", {}, { minute: 9 });
const shownIn = (outbox, running = null) => overlay(running, outbox).ended;

test("an edit of what has not left this page changes that", () => {
  const before = tracked();
  const [{ id }] = shownIn(before);
  const after = add(before, "entry:edit", { entry_id: id, version: 0, description: "b", started_at: at(2), ended_at: at(8), project_id: 4 });
  assert.deepEqual(seen(after), [["entry:add", { description: "b", tags: [], project_id: 4, start_time: at(2), end_time: at(8), source: "timer" }]]);
  assert.deepEqual(shownIn(after).map((each) => [each.id, each.description, each.started_at]), [[id, "b", at(2)]]);
});

test("[T5] what is on its way keeps its arguments, and the edit follows it", () => {
  let outbox = tracked();
  const [{ id }] = shownIn(outbox);
  const made = makerOf(outbox, id);
  outbox = add(markSent(outbox, made.id), "entry:edit", { entry_id: id, version: 0, description: "b" });
  assert.deepEqual(seen(outbox).map(([name, { description }]) => [name, description]), [["entry:add", "a"], ["entry:edit", "b"]]);
  assert.deepEqual(shownIn(outbox).map(({ description }) => description), ["b"]);
  assert.deepEqual(seen(settled(outbox, made.id, entry(7))), [["entry:edit", { description: "b", entry_id: 7 }]]);
  const [card] = refused(outbox, made.id, "forbidden").refused;
  assert.deepEqual([card.name, card.payload.description], ["entry:add", "b"], "a refusal loses neither");
});

test("a deletion takes away what has not left, and follows what has", () => {
  const outbox = tracked();
  const [{ id }] = shownIn(outbox);
  const made = makerOf(outbox, id);
  assert.deepEqual(seen(add(outbox, "entry:delete", { entry_id: id })), []);
  const sent = add(markSent(outbox, made.id), "entry:delete", { entry_id: id });
  assert.deepEqual(shownIn(sent), []);
  assert.deepEqual(seen(settled(sent, made.id, entry(7))), [["entry:delete", { entry_id: 7 }]]);
  assert.deepEqual(refused(sent, made.id).refused, [], "nobody misses it");
});

test("a deletion is taken back as long as it waits", () => {
  const before = tracked();
  const [{ id }] = shownIn(before);
  const made = makerOf(before, id);
  assert.deepEqual(seen(undeleted(add(before, "entry:delete", { entry_id: id }), "none", made)), seen(before));
  const saved = add(newOutbox(), "entry:delete", { entry_id: 7 });
  assert.deepEqual(overlay(null, saved).discarded, [7]);
  assert.deepEqual(undeleted(saved, saved.items[0].id, null).items, []);
  assert.equal(undeleted(markSent(saved, saved.items[0].id), saved.items[0].id, null).items.length, 1);
});

test("edits of one saved entry wait as one, behind the stop that ends it", () => {
  const running = entry(7);
  let outbox = add(newOutbox(), "timer:stop", {}, { minute: 5, running });
  outbox = add(outbox, "entry:edit", { entry_id: 7, version: 1, description: "x" });
  outbox = add(outbox, "entry:edit", { entry_id: 7, version: 1, tags: ["t"] });
  assert.deepEqual(seen(outbox).at(-1), ["entry:edit", { entry_id: 7, version: 1, description: "x", tags: ["t"] }]);
  assert.deepEqual(shownIn(outbox, running).map(({ description, tags }) => [description, tags]), [["x", ["t"]]]);
  assert.deepEqual(seen(settled(outbox, outbox.items[0].id, entry(7, { version: 2 }))), [["entry:edit", { entry_id: 7, version: 2, description: "x", tags: ["t"] }]]);
});

test("an entry that has its id by now is not found under the old one", () => {
  assert.equal(makerOf(newOutbox(), -T0), null);
  assert.deepEqual(add(newOutbox(), "entry:edit", { entry_id: -T0, description: "x" }).items, []);
});
