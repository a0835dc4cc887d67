import assert from "node:assert/strict";
import { test } from "node:test";
import { chatIsOpen, countdownText, dotsOf, leftAt, nextOf, phaseText, shareLeft, shownAt, titleOf } from "../../static/js/domain/room-timer.js";

const T = Date.parse("2026-11-21T08:00:00.000Z");
const iso = (ms) => new Date(ms).toISOString();
const settings = (more = {}) => ({ work_s: 1500, short_break_s: 300, long_break_s: 900, cycles: 2, auto_start_breaks: true, auto_start_work: true, capacity: 50, chat: "breaks", ...more });
const idle = { state: "idle", phase: null, cycle: 0, started_at: null, ends_at: null, remaining_s: null };
const running = (phase, cycle, endsAt) => ({ state: "running", phase, cycle, started_at: iso(endsAt - 1000), ends_at: iso(endsAt), remaining_s: null });
const paused = (phase, cycle, left) => ({ state: "paused", phase, cycle, started_at: iso(T), ends_at: null, remaining_s: left });
const room = (timer, more = {}) => ({ name: "Library", timer, settings: settings(more) });

test("what is left follows from the deadline, or from what the pause left", () => {
  const shown = shownAt(room(running("work", 1, T + 90_500)), T);
  assert.deepEqual([shown.state, shown.predicted, leftAt(shown, T), leftAt(shown, T + 100_000)], ["running", false, 90_500, 0]);
  assert.equal(leftAt(shownAt(room(paused("work", 1, 12.345)), T), T + 5000), 12_345);
  assert.equal(leftAt(shownAt(room(idle), T), T), null);
});

test("a second that has begun is counted: the whole length first, nothing only at the end", () => {
  const texts = [[1_500_000, "25:00"], [1_499_999, "25:00"], [1_499_000, "24:59"], [1, "00:01"], [0, "00:00"], [-5, "00:00"], [3_600_000, "1:00:00"], [3_599_001, "1:00:00"], [36_061_000, "10:01:01"]];
  for (const [ms, text] of texts) assert.equal(countdownText(ms), text);
});

test("the phases follow one another as the server has them", () => {
  const order = [];
  let at = { phase: "work", cycle: 1 };
  for (let i = 0; i < 6; i += 1) {
    order.push(`${at.phase} ${at.cycle}`);
    at = nextOf(at, settings());
  }
  assert.deepEqual(order, ["work 1", "short_break 1", "work 2", "long_break 2", "work 1", "short_break 1"]);
  assert.deepEqual(nextOf({ phase: "work", cycle: 5 }, settings()), { phase: "long_break", cycle: 5 }); // fewer cycles were set meanwhile
});

test("past the deadline the next phase is shown at once, dated at the deadline", () => {
  const shown = shownAt(room(running("work", 1, T)), T + 250);
  assert.deepEqual(shown, { state: "running", phase: "short_break", cycle: 1, endsAt: T + 300_000, leftMs: null, predicted: true });
  assert.equal(shownAt(room(running("work", 1, T)), T - 1).predicted, false);
});

test("a phase that does not start by itself is shown waiting, with its length", () => {
  const shown = shownAt(room(running("short_break", 1, T), { auto_start_work: false }), T);
  assert.deepEqual(shown, { state: "idle", phase: "work", cycle: 2, endsAt: null, leftMs: 1_500_000, predicted: true });
});

test("without news for hours the prediction goes on phase by phase", () => {
  const whole = 1_500_000 + 300_000 + 1_500_000 + 900_000;
  const begun = room(running("work", 1, T + 1_500_000));
  for (const later of [0, 1_499_999, 1_600_000, 2_000_000, 3_500_000, 4_100_000]) {
    const { predicted: _, ...now } = shownAt(begun, T + later);
    const { predicted: __, ...then } = shownAt(begun, T + later + 3 * whole);
    assert.deepEqual({ ...then, endsAt: then.endsAt - 3 * whole }, now);
  }
  assert.ok(shownAt(room(running("work", 1, T), { work_s: 1, short_break_s: 1, long_break_s: 1 }), T + 365 * 86_400_000).phase);
});

test("the prediction is what the server then says", () => {
  let said = room(running("work", 1, T + 1_500_000));
  for (let i = 0; i < 10; i += 1) {
    const deadline = Date.parse(said.timer.ends_at);
    const { predicted, ...shown } = shownAt(said, deadline);
    assert.equal(predicted, true);
    said = room(running(shown.phase, shown.cycle, shown.endsAt));
    const { predicted: later, ...told } = shownAt(said, deadline);
    assert.equal(later, false);
    assert.deepEqual(shown, told);
  }
});

test("the ring empties from whole to nothing, and is whole while there is more than its length", () => {
  const shown = shownAt(room(running("short_break", 1, T + 300_000)), T);
  assert.deepEqual([0, 150_000, 300_000].map((later) => shareLeft(shown, settings(), T + later)), [1, 0.5, 0]);
  assert.equal(shareLeft(shownAt(room(running("short_break", 1, T + 600_000)), T), settings(), T), 1);
  assert.equal(shareLeft(shownAt(room(idle), T), settings(), T), 1);
});

test("dots: cycles that are done, the one that is on, those to come", () => {
  const dots = (timer, more) => dotsOf(shownAt(room(timer, more), T), settings(more)).join(" ");
  assert.equal(dots(idle, { cycles: 3 }), "open open open");
  assert.equal(dots(running("work", 2, T + 1), { cycles: 3 }), "done now open");
  assert.equal(dots(running("short_break", 2, T + 1), { cycles: 3 }), "done done open");
  assert.equal(dots(running("long_break", 3, T + 1), { cycles: 3 }), "done done done");
  assert.equal(dots(paused("work", 1, 3), { cycles: 3 }), "now open open");
});

test("the tab says what is left, of what, and where", () => {
  const at = (timer, now = T) => titleOf(room(timer), now);
  assert.equal(at(running("work", 1, T + 754_000)), "12:34 · Focus — Library");
  assert.equal(at(running("work", 1, T + 754_000), T + 754_000), "05:00 · Short break — Library");
  assert.equal(at(paused("work", 1, 61)), "Paused 01:01 · Focus — Library");
  assert.equal(at({ ...idle, phase: "short_break", cycle: 1, remaining_s: 300 }), "Short break waits · Library");
  assert.equal(at(idle), "Library · FocusHub");
  assert.equal(phaseText({ phase: "long_break" }), "Long break");
});

test("the chat is closed while a work phase is on, and open while one waits", () => {
  const open = (timer, chat = "breaks") => chatIsOpen(shownAt(room(timer), T), settings({ chat }));
  assert.deepEqual([running("work", 1, T + 1), paused("work", 1, 3)].map((timer) => open(timer)), [false, false]);
  assert.deepEqual([idle, running("short_break", 1, T + 1), { ...idle, phase: "work", cycle: 2, remaining_s: 1500 }].map((timer) => open(timer)), [true, true, true]);
  assert.equal(open(running("work", 1, T + 1), "always"), true);
  assert.equal(open(running("short_break", 1, T + 1), "off"), false);
  assert.equal(open(running("work", 1, T)), true); // the break has come, and the server says so in a moment
});
