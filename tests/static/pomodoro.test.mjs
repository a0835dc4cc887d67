import assert from "node:assert/strict";
import { test } from "node:test";
import * as pomodoro from "../../static/js/domain/pomodoro.js";
import { rhythmOf, rhythmProblems, rhythmValues } from "../../static/js/domain/rhythm-form.js";

const T = 1_800_000_000_000;
const MIN = 60_000;
const task = { description: "Write", project_id: 7, tags: ["draft"] };
const on = (more = {}) => ({ on: true, rhythm: { ...pomodoro.DEFAULTS, ...more }, run: null });
const working = (more = {}) => pomodoro.begun(on(more), task, T);
const phaseOf = ({ run }) => `${run.phase} ${run.cycle} ${run.state}`;

test("starting the timer begins the first phase of work; off, it begins nothing", () => {
  assert.deepEqual([phaseOf(working()), working().run.endsAt], ["work 1 running", T + 25 * MIN]);
  assert.equal(pomodoro.begun({ ...on(), on: false }, task, T).run, null);
});

test("another task within a phase changes nothing of its length", () => {
  const next = pomodoro.begun(working(), { ...task, description: "Mail" }, T + 5 * MIN);
  assert.deepEqual([next.run.endsAt, next.run.task.description], [T + 25 * MIN, "Mail"]);
});

test("work ends at its deadline, the timer with it, and the break begins there", () => {
  const end = pomodoro.ended(working(), T + 25 * MIN + 80);
  assert.equal(phaseOf(end.pomodoro), "short_break 1 running");
  assert.deepEqual([end.stopAt, end.pomodoro.run.endsAt, end.start, end.ring.ended], [T + 25 * MIN, T + 30 * MIN, null, "work"]);
});

test("what does not begin by itself waits", () => {
  const end = pomodoro.ended(working({ auto_start_breaks: false }), T + 25 * MIN);
  assert.deepEqual([phaseOf(end.pomodoro), end.pomodoro.run.leftMs], ["short_break 1 waiting", 5 * MIN]);
  assert.equal(phaseOf(pomodoro.resumed(end.pomodoro, T + 40 * MIN)), "short_break 1 running");
  const later = pomodoro.ended(pomodoro.resumed(end.pomodoro, T + 40 * MIN), T + 45 * MIN);
  assert.deepEqual([phaseOf(later.pomodoro), later.start], ["work 2 waiting", null]);
});

test("work that begins by itself goes on with the same task", () => {
  const rest = pomodoro.ended(working({ auto_start_work: true }), T + 25 * MIN).pomodoro;
  const end = pomodoro.ended(rest, T + 30 * MIN + 50);
  assert.deepEqual([phaseOf(end.pomodoro), end.start, end.stopAt, end.ring.ended], ["work 2 running", task, null, "short_break"]);
});

test("after the last cycle the break is long, and then it is the first again", () => {
  let state = on({ cycles: 2, auto_start_work: true });
  const seen = [];
  for (let at = T; seen.length < 5; at = state.run.endsAt) {
    state = state.run ? pomodoro.ended(state, at).pomodoro : pomodoro.begun(state, task, at);
    seen.push(`${state.run.phase} ${state.run.cycle}`);
  }
  assert.deepEqual(seen, ["work 1", "short_break 1", "work 2", "long_break 2", "work 1"]);
});

test("after sleep the timer ends at the deadline, one phase waits, nothing rings and nothing starts", () => {
  const end = pomodoro.ended(working({ auto_start_work: true }), T + 5 * 60 * MIN);
  assert.deepEqual([phaseOf(end.pomodoro), end.stopAt, end.start, end.ring], ["work 2 waiting", T + 25 * MIN, null, null]);
  const early = pomodoro.ended(working({ auto_start_work: true }), T + 28 * MIN);
  assert.deepEqual([phaseOf(early.pomodoro), pomodoro.leftOf(early.pomodoro.run, T + 28 * MIN), early.ring], ["short_break 1 running", 2 * MIN, null]);
  const rested = pomodoro.ended(early.pomodoro, T + 90 * MIN);
  assert.deepEqual([phaseOf(rested.pomodoro), rested.start], ["work 2 waiting", null]);
});

test("a stop pauses the phase at the stop's own instant, and a start goes on with the rest", () => {
  const state = working();
  const entry = { ended_at: new Date(T + 10 * MIN).toISOString() };
  const at = pomodoro.pauseAt(state, { running: null, ended: [entry], dropped: false }, T + 12 * MIN);
  const paused = pomodoro.paused(state, at);
  assert.deepEqual([at, phaseOf(paused), paused.run.leftMs], [T + 10 * MIN, "work 1 paused", 15 * MIN]);
  assert.equal(pomodoro.begun(paused, task, T + 20 * MIN).run.endsAt, T + 35 * MIN);
});

test("work goes on while a timer runs, while it is only being started, and through a switch", () => {
  const before = { ended_at: new Date(T - MIN).toISOString() };
  const look = (seen) => pomodoro.pauseAt(working(), { running: null, ended: [before], dropped: false, ...seen }, T + MIN);
  assert.equal(look({}), null);
  assert.equal(look({ running: { started_at: new Date(T).toISOString() }, ended: [{ ended_at: new Date(T + 30_000).toISOString() }] }), null);
  assert.equal(look({ dropped: true }), T + MIN, "a discarded timer leaves no entry");
});

test("a start in a break ends it", () => {
  const rest = pomodoro.ended(working(), T + 25 * MIN).pomodoro;
  assert.equal(phaseOf(pomodoro.begun(rest, task, T + 26 * MIN)), "work 2 running");
});

test("skipping ends the phase now", () => {
  const end = pomodoro.ended(working(), T + 3 * MIN, T + 3 * MIN);
  assert.deepEqual([phaseOf(end.pomodoro), end.stopAt, end.pomodoro.run.endsAt], ["short_break 1 running", T + 3 * MIN, T + 8 * MIN]);
});

test("what was kept is taken back if it makes sense, else one begins anew", () => {
  assert.deepEqual(pomodoro.keptPomodoro(JSON.stringify(working())), working());
  for (const bad of [null, "", "{", "3", '{"on":true}', JSON.stringify({ ...on(), rhythm: { ...pomodoro.DEFAULTS, work_s: "x" } })]) assert.deepEqual(pomodoro.keptPomodoro(bad), pomodoro.newPomodoro());
  assert.equal(pomodoro.keptPomodoro(JSON.stringify({ ...on(), run: { phase: "nap" } })).run, null);
});

test("phases have 1 to 180 whole minutes", () => {
  const values = rhythmValues(pomodoro.DEFAULTS);
  assert.deepEqual(rhythmOf({ ...values, work: "180", short_break: "1" }), { ...pomodoro.DEFAULTS, work_s: 10_800, short_break_s: 60 });
  assert.deepEqual(rhythmProblems({ ...values, work: "181", short_break: "0", long_break: "1.5", cycles: "13" }), { work: "problem.minutes", short_break: "problem.minutes", long_break: "problem.minutes", cycles: "problem.rounds" });
});
