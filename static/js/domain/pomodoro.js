// @ts-check
/**
 * A rhythm of one's own, without a room: work, short break, work …, long break. A pure function of what is kept, of what the
 * timer does, and of the server's time. Work is a running timer; a break is none.
 *
 * @typedef {import("./types.js").Phase} Phase
 * @typedef {{work_s: number, short_break_s: number, long_break_s: number, cycles: number, auto_start_breaks: boolean, auto_start_work: boolean}} Rhythm
 * @typedef {{description: string, project_id: number|null, tags: string[]}} Task
 * @typedef {{
 *   phase: Phase, cycle: number, state: "running"|"paused"|"waiting", since: number,
 *   endsAt: number|null, leftMs: number|null, task: Task|null,
 * }} Run  `since`: when it came into this state; `endsAt` while it runs, `leftMs` while it stands still, all in ms; `task`: what goes on after a break.
 * @typedef {{on: boolean, rhythm: Rhythm, run: Run|null}} Pomodoro
 * @typedef {{ended: Phase, next: Run}} Ring
 * @typedef {{pomodoro: Pomodoro, stopAt: number|null, start: Task|null, ring: Ring|null}} End
 *   `stopAt`: the timer is to be stopped as of then; `start`: and this be started.
 */
import { lengthOf, nextOf } from "./room-timer.js";

export const LATE_MS = 60_000; // a hidden page may be slowed down to once a minute; what is later than that was sleep

/** @type {Rhythm} */
export const DEFAULTS = { work_s: 1500, short_break_s: 300, long_break_s: 900, cycles: 4, auto_start_breaks: true, auto_start_work: false };

/** @returns {Pomodoro} */
export function newPomodoro() {
  return { on: false, rhythm: DEFAULTS, run: null };
}

/** What this browser has kept, if it can be understood. @param {string|null} text @returns {Pomodoro} */
export function keptPomodoro(text) {
  try {
    const kept = JSON.parse(text ?? "");
    const sound = ["work_s", "short_break_s", "long_break_s", "cycles"].every((name) => Number.isFinite(kept.rhythm[name]) && kept.rhythm[name] > 0);
    return sound ? { on: kept.on === true, rhythm: { ...DEFAULTS, ...kept.rhythm }, run: isRun(kept.run) ? kept.run : null } : newPomodoro();
  } catch {
    return newPomodoro();
  }
}

/** The phase that is, or would be next. @param {Pomodoro} pomodoro @returns {Run} */
export function runOf({ run, rhythm }) {
  return run ?? waiting({ phase: "work", cycle: 1 }, rhythm, 0, null);
}

/** Whether a phase of work runs. @param {Pomodoro} pomodoro */
export function works({ run }) {
  return run?.phase === "work" && run.state === "running";
}

/** What is left of the phase, in ms. @param {Run} run @param {number} now */
export function leftOf(run, now) {
  return run.endsAt === null ? (run.leftMs ?? 0) : Math.max(0, run.endsAt - now);
}

/**
 * The timer was started here: the work that waited or was paused goes on, and a break is over. Another task within the
 * same phase changes nothing of its length.
 * @param {Pomodoro} pomodoro @param {Task} task @param {number} now @returns {Pomodoro}
 */
export function begun(pomodoro, task, now) {
  if (!pomodoro.on) return pomodoro;
  const run = runOf(pomodoro);
  if (works(pomodoro)) return { ...pomodoro, run: { ...run, task } };
  if (run.phase === "work") return { ...pomodoro, run: running(run, run.leftMs ?? 0, now, task) };
  const next = nextOf(run, /** @type {any} */ (pomodoro.rhythm));
  return { ...pomodoro, run: running(next, length(pomodoro.rhythm, next.phase), now, task) };
}

/** The break that waited begins. @param {Pomodoro} pomodoro @param {number} now @returns {Pomodoro} */
export function resumed(pomodoro, now) {
  const { run } = pomodoro;
  if (!run || run.state === "running") return pomodoro;
  return { ...pomodoro, run: running(run, run.leftMs ?? 0, now, run.task) };
}

/** Work stands still: the timer was stopped at `at`, here or elsewhere. @param {Pomodoro} pomodoro @param {number} at @returns {Pomodoro} */
export function paused(pomodoro, at) {
  const { run } = pomodoro;
  if (!run || !works(pomodoro) || run.endsAt === null) return pomodoro;
  return { ...pomodoro, run: { ...run, state: "paused", since: at, endsAt: null, leftMs: Math.max(1000, run.endsAt - Math.max(at, run.since)) } };
}

/**
 * Whether work is to pause, since its timer has ended: at the latest end that is known. Null: it goes on.
 * @param {Pomodoro} pomodoro @param {{running: {started_at: string}|null, ended: {ended_at: string|null}[], dropped: boolean}} seen
 *   `dropped`: a moment ago a timer ran on this page
 * @param {number} now
 */
export function pauseAt(pomodoro, { running: runs, ended: entries, dropped }, now) {
  const { run } = pomodoro;
  if (!run || !works(pomodoro) || runs) return null;
  const last = Math.max(0, ...entries.map(({ ended_at }) => Date.parse(ended_at ?? "") || 0));
  if (last > run.since) return last;
  return dropped ? now : null;
}

/**
 * The phase is over, at its deadline or because somebody skips the rest. Noticed long after (the machine slept) nothing begins by
 * itself but a break that is not over yet: nobody may have been here.
 * @param {Pomodoro} pomodoro @param {number} now @param {number} [at] @returns {End}
 */
export function ended(pomodoro, now, at = pomodoro.run?.endsAt ?? now) {
  const { run, rhythm } = pomodoro;
  if (!run) return { pomodoro, stopAt: null, start: null, ring: null };
  const late = now - at > LATE_MS;
  let next = followed(run, rhythm, at, now, late);
  if (next.endsAt !== null && next.endsAt <= now) next = waiting(nextOf(next, /** @type {any} */ (rhythm)), rhythm, now, run.task);
  const starts = next.phase === "work" && next.state === "running";
  return {
    pomodoro: { ...pomodoro, run: next },
    stopAt: works(pomodoro) ? at : null,
    start: starts ? (next.task ?? { description: "", project_id: null, tags: [] }) : null,
    ring: late ? null : { ended: run.phase, next },
  };
}

/** @param {Run} run @param {Rhythm} rhythm @param {number} at @param {number} now @param {boolean} late @returns {Run} */
function followed(run, rhythm, at, now, late) {
  const next = nextOf(run, /** @type {any} */ (rhythm));
  if (next.phase === "work") return rhythm.auto_start_work && !late ? running(next, length(rhythm, "work"), now, run.task) : waiting(next, rhythm, now, run.task);
  return rhythm.auto_start_breaks ? running(next, length(rhythm, next.phase), at, run.task) : waiting(next, rhythm, at, run.task);
}

/** @param {{phase: Phase, cycle: number}} phase @param {number} length @param {number} from @param {Task|null} task @returns {Run} */
function running({ phase, cycle }, length, from, task) {
  return { phase, cycle, state: "running", since: from, endsAt: from + length, leftMs: null, task };
}

/** @param {{phase: Phase, cycle: number}} phase @param {Rhythm} rhythm @param {number} since @param {Task|null} task @returns {Run} */
function waiting({ phase, cycle }, rhythm, since, task) {
  return { phase, cycle, state: "waiting", since, endsAt: null, leftMs: length(rhythm, phase), task };
}

/** @param {Rhythm} rhythm @param {Phase} phase */
function length(rhythm, phase) {
  return lengthOf(/** @type {any} */ (rhythm), phase);
}

/** @param {any} run */
function isRun(run) {
  return ["work", "short_break", "long_break"].includes(run?.phase) && (Number.isFinite(run.endsAt) ? run.state === "running" : Number.isFinite(run.leftMs) && run.state !== "running");
}
