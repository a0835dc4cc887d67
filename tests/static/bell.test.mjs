import assert from "node:assert/strict";
import { test } from "node:test";
import { observe } from "../../static/js/domain/bell.js";
import { shownAt } from "../../static/js/domain/room-timer.js";

const T = 1_800_000_000_000;
const iso = (ms) => new Date(ms).toISOString();
const settings = { work_s: 1500, short_break_s: 300, long_break_s: 900, cycles: 4, auto_start_breaks: true, auto_start_work: false, capacity: 50, chat: "breaks" };
const running = (phase, endsAt, cycle = 1) => ({ state: "running", phase, cycle, started_at: null, ends_at: iso(endsAt), remaining_s: null });
const paused = { state: "paused", phase: "work", cycle: 1, started_at: null, ends_at: null, remaining_s: 60 };
const none = { state: "idle", phase: null, cycle: 0, started_at: null, ends_at: null, remaining_s: null };

/** What rings while (timer, now) are seen one after the other. */
function rings(...seen) {
  let watch = null;
  const heard = [];
  for (const [timer, now, id = 7, more = {}] of seen) {
    const step = observe(watch, timer && { id }, timer && shownAt({ timer, settings: { ...settings, ...more } }, now), now);
    watch = step.watch;
    if (step.ring) heard.push(`${step.ring.ended} ${step.ring.key === `${id}@${T}`}`);
  }
  return heard;
}

test("the end of a phase rings once: at its deadline, and not again when the server says so", () => {
  assert.deepEqual(rings([running("work", T), T - 1000], [running("work", T), T + 5], [running("work", T), T + 300], [running("short_break", T + 300_000), T + 700]), ["work true"]);
});

test("the server's word may come before the tick, even a little before the deadline of this clock", () => {
  for (const early of [400, 0, -40]) assert.deepEqual(rings([running("work", T), T - 2000], [running("short_break", T + 300_000), T + early]), ["work true"]);
});

test("a phase that then waits for its start rings as well", () => {
  assert.deepEqual(rings([running("short_break", T), T - 10], [running("short_break", T), T + 10]), ["short_break true"]);
});

test("what is entered after the deadline does not ring", () => {
  assert.deepEqual(rings([running("work", T), T + 10], [running("work", T), T + 900]), []);
});

test("after sleep nothing rings, however many phases have passed", () => {
  const by_itself = { auto_start_work: true };
  assert.deepEqual(rings([running("work", T), T - 1000, 7, by_itself], [running("work", T), T + 4 * 3_600_000, 7, by_itself], [running("work", T + 4 * 3_600_000 + 60_000), T + 4 * 3_600_000, 7, by_itself]), []);
  assert.deepEqual(rings([running("work", T), T - 1000], [running("work", T), T + 10_001]), []);
  assert.deepEqual(rings([running("work", T), T - 1000], [running("work", T), T + 9_000]), ["work true"]);
});

test("pause, skip, extension and stop do not ring", () => {
  const before = [running("work", T), T - 60_000];
  assert.deepEqual(rings(before, [paused, T - 59_000]), []);
  assert.deepEqual(rings(before, [running("short_break", T + 240_000), T - 59_000]), []);
  assert.deepEqual(rings(before, [running("work", T + 300_000), T - 59_000], [running("work", T + 300_000), T + 10]), []);
  assert.deepEqual(rings(before, [none, T - 59_000]), []);
  assert.deepEqual(rings([running("work", T), T - 300], [none, T - 200]), []);
});

test("another room is another watch", () => {
  assert.deepEqual(rings([running("work", T), T - 500], [running("short_break", T + 300_000), T, 8]), []);
  assert.deepEqual(rings([running("work", T), T - 500], [null, T - 400], [running("short_break", T + 300_000), T]), []);
});
