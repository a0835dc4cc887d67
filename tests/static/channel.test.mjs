import assert from "node:assert/strict";
import { test } from "node:test";
import * as rule from "../../static/js/domain/channel.js";

const event = (seq, epoch = "a") => ({ event: "e", epoch, seq, data: seq });
const did = ({ effects }) => effects.map((effect) => (effect.do === "apply" ? `apply ${effect.event.seq}` : effect.do));
const liveAt = (seq) => ({ ...rule.newChannel("c"), epoch: "a", seq, status: "live" });
const answer = (fields) => ({ channel: "c", epoch: "a", seq: 0, recovered: false, events: [], snapshot: null, ...fields });

test("the first question has no position, and its answer is a snapshot", () => {
  const asked = rule.ask(rule.newChannel("c"));
  assert.deepEqual(asked.effects, [{ do: "ask", channel: "c", epoch: null, seq: 0 }]);
  const step = rule.answered(asked.state, answer({ seq: 4, snapshot: { x: 1 } }));
  assert.deepEqual(step.effects, [{ do: "replace", channel: "c", snapshot: { x: 1 } }]);
  assert.deepEqual([step.state.status, step.state.epoch, step.state.seq], ["live", "a", 4]);
});

test("a seq that one has is ignored, the next is applied", () => {
  assert.deepEqual(did(rule.received(liveAt(5), event(5))), []);
  const next = rule.received(liveAt(5), event(6));
  assert.deepEqual(did(next), ["apply 6"]);
  assert.equal(next.state.seq, 6);
});

test("on a gap one subscribes again from where one is", () => {
  const step = rule.received(liveAt(5), event(8));
  assert.deepEqual(step.effects, [{ do: "ask", channel: "c", epoch: "a", seq: 5 }]);
});

test("what comes while asking is kept, and applied after the answer, once and in order", () => {
  let { state } = rule.received(liveAt(5), event(8));
  for (const seq of [8, 9]) state = rule.received(state, event(seq)).state;
  const step = rule.answered(state, answer({ recovered: true, seq: 8, events: [event(6), event(7), event(8)] }));
  assert.deepEqual(did(step), ["apply 6", "apply 7", "apply 8", "apply 9"]);
  assert.equal(step.state.seq, 9);
});

test("a recovered answer applies only what is missing", () => {
  const { state } = rule.ask(liveAt(5));
  assert.deepEqual(did(rule.answered(state, answer({ recovered: true, seq: 6, events: [event(5), event(6)] }))), ["apply 6"]);
});

test("who is there is told anew with a recovered answer, and stands in a snapshot otherwise", () => {
  const { state } = rule.ask(liveAt(5));
  assert.deepEqual(rule.answered(state, answer({ recovered: true, seq: 6, events: [event(6)], presence: { count: 1 } })).effects, [
    { do: "present", channel: "c", presence: { count: 1 } },
    { do: "apply", channel: "c", event: event(6) },
  ]);
  assert.deepEqual(did(rule.answered(state, answer({ seq: 6, snapshot: {} }))), ["replace"]);
});

test("a new epoch is replaced by the snapshot, even if it calls itself recovered", () => {
  const { state } = rule.received(liveAt(5), event(6, "b"));
  const step = rule.answered(state, answer({ epoch: "b", seq: 2, recovered: true, snapshot: {} }));
  assert.deepEqual(did(step), ["replace"]);
  assert.deepEqual([step.state.epoch, step.state.seq], ["b", 2]);
});

test("a beat ahead asks, a beat at or behind one's place does not", () => {
  assert.deepEqual(did(rule.beat(liveAt(5), "a", 6)), ["ask"]);
  assert.deepEqual(did(rule.beat(liveAt(5), "b", 1)), ["ask"]);
  assert.deepEqual(did(rule.beat(liveAt(5), "a", 5)), []);
  assert.deepEqual(did(rule.beat(rule.ask(liveAt(5)).state, "a", 9)), []);
});

test("ephemeral events are applied and move nothing", () => {
  const step = rule.received(liveAt(5), event(null));
  assert.deepEqual(did(step), ["apply null"]);
  assert.equal(step.state.seq, 5);
});

test("a lost connection keeps the place; a join at the same place asks nothing, elsewhere it asks", () => {
  const { state } = rule.lost(liveAt(5));
  assert.deepEqual(did(rule.joined(state, "a", 5)), []);
  assert.equal(rule.joined(state, "a", 5).state.status, "live");
  assert.deepEqual(rule.joined(state, "a", 7).effects, [{ do: "ask", channel: "c", epoch: "a", seq: 5 }]);
});

test("a refusal for want of a right ends the channel, any other is tried again", () => {
  const { state } = rule.ask(liveAt(5));
  assert.deepEqual(did(rule.refused(state, "forbidden")), ["ended"]);
  for (const code of ["not_found", "room_full", "room_closed"]) assert.deepEqual(did(rule.refused(state, code)), ["ended"]);
  assert.deepEqual(did(rule.refused(state, "unavailable")), ["retry"]);
  const { state: ended } = rule.closed(liveAt(5), "forbidden");
  assert.deepEqual(did(rule.received(ended, event(6))), []);
  assert.deepEqual(did(rule.ask(ended)), []);
});

test("with losses, repetitions and new connections every event is applied exactly once, in order", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = generator(seed);
    let state = { ...rule.newChannel("c"), epoch: "a", seq: 0, status: "live" };
    const applied = [];
    let head = 0;
    /** @type {number|null} */
    let question = null;
    const take = (step) => {
      state = step.state;
      for (const effect of step.effects) {
        if (effect.do === "apply") applied.push(effect.event.seq);
        if (effect.do === "ask") question = effect.seq;
      }
    };
    for (let i = 0; i < 120; i += 1) {
      const dice = random();
      if (dice < 0.5) {
        head += 1;
        if (random() > 0.2) take(rule.received(state, event(head)));
      } else if (dice < 0.6 && head > 0) take(rule.received(state, event(1 + Math.floor(random() * head))));
      else if (dice < 0.65) {
        take(rule.lost(state));
        question = null;
        take(rule.joined(state, "a", head));
      } else if (dice < 0.75) take(rule.beat(state, "a", head));
      else if (question !== null) {
        const events = Array.from({ length: head - question }, (_, n) => event(question + 1 + n));
        question = null;
        take(rule.answered(state, answer({ recovered: true, seq: head, events })));
      }
    }
    take(rule.beat(state, "a", head));
    if (question !== null) take(rule.answered(state, answer({ recovered: true, seq: head, events: Array.from({ length: head - question }, (_, n) => event(question + 1 + n)) })));
    assert.deepEqual(applied, Array.from({ length: head }, (_, n) => n + 1), `seed ${seed}`);
  }
});

function generator(seed) {
  let x = seed * 2654435761;
  return () => {
    x = (x * 1664525 + 1013904223) % 4294967296;
    return x / 4294967296;
  };
}
