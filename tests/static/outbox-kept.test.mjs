import assert from "node:assert/strict";
import { test } from "node:test";
import { dropped, markSent, newOutbox, push, refused, retried, settled } from "../../static/js/domain/outbox.js";
import { questionOf, timesOf } from "../../static/js/domain/refusals.js";
import { createKept } from "../../static/js/net/kept.js";
import { createSharedOutbox } from "../../static/js/net/shared-outbox.js";

const T0 = Date.parse("2026-11-21T08:00:00.000Z");
const at = (minutes) => new Date(T0 + minutes * 60_000).toISOString();
const start = (id, minute = 0, live = false) => ({ id, spare: `${id}'`, name: "timer:start", payload: { description: id }, madeAt: T0 + minute * 60_000, live, running: null });
const stop = (id, minute) => ({ ...start(id, minute), name: "timer:stop", payload: {} });

/** Two tabs over one store, and a wire between them that is read when somebody pumps it. */
function tabs(kept = createKept(undefined)) {
  const wires = [];
  const tab = () => {
    const seen = { shown: newOutbox(), answers: [], more: 0 };
    const listeners = [];
    const wire = { addEventListener: (_, listener) => listeners.push(listener), postMessage: (data) => wires.forEach(([other, heard]) => other !== wire && heard.forEach((listener) => pending.push(listener({ data: structuredClone(data) })))) };
    wires.push([wire, listeners]);
    const shared = createSharedOutbox({ kept, others: wire, show: (outbox) => (seen.shown = outbox), onAnswer: (answer) => seen.answers.push(answer), onMore: () => (seen.more += 1) });
    return { shared, seen };
  };
  const pending = [];
  const settle = async () => {
    while (pending.length) await pending.shift();
  };
  return { tab, settle };
}

test("a click shows at once in its tab, and in the others when it is kept", async () => {
  const { tab, settle } = tabs();
  const [one, two] = [tab(), tab()];
  await Promise.all([one.shared.open(1), two.shared.open(1)]);
  const done = one.shared.change((outbox) => push(outbox, start("a")));
  assert.equal(one.seen.shown.items.length, 1);
  await done;
  await settle();
  assert.deepEqual(two.seen.shown.items.map(({ id }) => id), ["a"]);
  assert.equal(two.seen.more, 1);
});

test("clicks of two tabs are both kept, in one order; what one starts the other stops as one entry", async () => {
  const { tab, settle } = tabs();
  const [one, two] = [tab(), tab()];
  await Promise.all([one.shared.open(1), two.shared.open(1)]);
  await one.shared.change((outbox) => push(outbox, start("a")));
  await settle();
  await two.shared.change((outbox) => push(outbox, stop("b", 9)));
  await settle();
  for (const { seen } of [one, two]) assert.deepEqual(seen.shown.items.map(({ name, payload }) => [name, payload.start_time, payload.end_time]), [["entry:add", at(0), at(9)]]);
  await Promise.all([one.shared.change((outbox) => push(outbox, start("c", 10, true))), two.shared.change((outbox) => push(outbox, { ...stop("d", 11), name: "timer:discard", live: true }))]);
  await settle();
  assert.equal(one.seen.shown.items.length, 3);
  assert.deepEqual(one.seen.shown, two.seen.shown);
});

test("an answer is told to every tab, and another person's is nobody's business", async () => {
  const { tab, settle } = tabs();
  const [one, two, other] = [tab(), tab(), tab()];
  await Promise.all([one.shared.open(1), two.shared.open(1), other.shared.open(2)]);
  const outbox = await one.shared.change((before) => push(before, start("a")));
  await one.shared.answered({ item: outbox.items[0], data: { entry: null } }, (before) => settled(before, "a", null));
  await settle();
  assert.deepEqual(two.seen.answers.map(({ item }) => item.id), ["a"]);
  assert.deepEqual([two.seen.shown, other.seen.answers, other.seen.shown], [newOutbox(), [], newOutbox()]);
});

test("[T3] what was done offline and refused is kept, a start together with its stop; what was done live is not", () => {
  let outbox = markSent(push(newOutbox(), start("a")), "a");
  outbox = push(outbox, stop("b", 5));
  const { items, refused: kept } = refused(outbox, "a", "not_found");
  assert.deepEqual(items, []);
  assert.deepEqual([kept[0].name, kept[0].payload.start_time, kept[0].payload.end_time, kept[0].code], ["entry:add", at(0), at(5), "not_found"]);
  assert.deepEqual(refused(push(newOutbox(), start("a", 0, true)), "a", "forbidden").refused, []);
  const late = push(newOutbox(), { ...stop("s", 3), running: { id: 7 } });
  assert.deepEqual(refused(late, "s", "timer_not_running").refused, []);
});

test("a refused one goes again under a new id, with what was in the way changed, or is let go", () => {
  let outbox = push(push(newOutbox(), { ...start("a"), payload: { description: "a", project_id: 4 } }), stop("b", 5));
  const [{ id }] = outbox.items;
  outbox = refused(outbox, id, "forbidden");
  const again = retried(outbox, id, { id: "new", changes: { project_id: null } });
  assert.deepEqual([again.refused, again.items[0].id, again.items[0].payload.project_id, again.items[0].sent], [[], "new", null, false]);
  assert.deepEqual(dropped(outbox, id).refused, []);
  assert.deepEqual(retried(again, id, { id: "twice" }), again);
});

test("what is asked depends on why it was refused", () => {
  const made = (name, code, payload = {}) => questionOf({ id: "x", name, code, payload, madeAt: 0 });
  assert.deepEqual(made("entry:add", "forbidden", { project_id: 4 }), { why: "refused.why.project", answers: ["without", "again", "drop"] });
  assert.deepEqual(made("entry:edit", "version_conflict"), { why: "refused.why.version_conflict", answers: ["again", "drop"] });
  assert.deepEqual(made("entry:add", "invalid").answers, ["drop"]);
  assert.deepEqual(made("timer:start", "of_a_newer_server").why, "refused.why.other");
  assert.deepEqual(timesOf({ payload: { started_at: "s" } }), { from: "s", to: null });
});
