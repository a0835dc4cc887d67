// @ts-check
/**
 * The shared countdown of a room. The server sends transitions and no ticks: what is left follows from the deadline and
 * the measured clock. Past a deadline the next phase is shown as the settings say it will be, until the server says so.
 *
 * @typedef {import("./types.js").Room} Room
 * @typedef {import("./types.js").RoomSettings} RoomSettings
 * @typedef {import("./types.js").Phase} Phase
 * @typedef {{
 *   state: "idle"|"running"|"paused", phase: Phase|null, cycle: number,
 *   endsAt: number|null, leftMs: number|null, predicted: boolean,
 * }} Shown  `endsAt` while it runs, `leftMs` while it stands still, both in ms; `predicted`: not yet said by the server.
 */
import { t } from "../text/t.js";

const MOST_STEPS = 10_000;

/** @param {RoomSettings} settings @param {Phase} phase @returns {number} ms */
export function lengthOf(settings, phase) {
  return 1000 * { work: settings.work_s, short_break: settings.short_break_s, long_break: settings.long_break_s }[phase];
}

/**
 * The phase after this one, and its cycle.
 * @param {{phase: Phase|null, cycle: number}} now
 * @param {RoomSettings} settings
 * @returns {{phase: Phase, cycle: number}}
 */
export function nextOf({ phase, cycle }, settings) {
  if (phase === "work") return { phase: cycle >= settings.cycles ? "long_break" : "short_break", cycle };
  return { phase: "work", cycle: phase === "short_break" ? cycle + 1 : 1 };
}

/**
 * The timer as it is to be shown at `now`.
 * @param {Pick<Room, "timer"|"settings">} room
 * @param {number} now  the server's, in ms
 * @returns {Shown}
 */
export function shownAt({ timer, settings }, now) {
  /** @type {Shown} */
  let shown = {
    state: timer.state,
    phase: timer.phase,
    cycle: timer.cycle,
    endsAt: timer.ends_at === null ? null : Date.parse(timer.ends_at),
    leftMs: timer.remaining_s === null ? null : timer.remaining_s * 1000,
    predicted: false,
  };
  for (let steps = 0; shown.endsAt !== null && shown.endsAt <= now && steps < MOST_STEPS; steps += 1) shown = followed(shown, shown.endsAt, settings);
  return shown;
}

/** @param {Shown} shown @param {number} endedAt @param {RoomSettings} settings @returns {Shown} */
function followed(shown, endedAt, settings) {
  const next = nextOf(shown, settings);
  const length = lengthOf(settings, next.phase);
  const starts = next.phase === "work" ? settings.auto_start_work : settings.auto_start_breaks;
  if (starts) return { ...next, state: "running", endsAt: endedAt + length, leftMs: null, predicted: true };
  return { ...next, state: "idle", endsAt: null, leftMs: length, predicted: true };
}

/** What is left, in ms; null while no round is under way. @param {Shown} shown @param {number} now */
export function leftAt(shown, now) {
  return shown.endsAt === null ? shown.leftMs : Math.max(0, shown.endsAt - now);
}

/**
 * Whole seconds, begun ones counted: a phase of 25 minutes begins with 25:00, and 00:00 is its end.
 * @param {number} ms
 */
export function countdownText(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((n) => String(n).padStart(2, "0"));
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${parts.join(":")}` : parts.join(":");
}

/** How much of the phase is left, from 1 to 0. @param {Shown} shown @param {RoomSettings} settings @param {number} now */
export function shareLeft(shown, settings, now) {
  const left = leftAt(shown, now);
  if (left === null || !shown.phase) return 1;
  return left / Math.max(lengthOf(settings, shown.phase), left, 1); // longer than its length after an extension
}

/** The name of what is shown. @param {Shown} shown */
export function phaseText({ phase }) {
  return t(phase ? `room.phase.${phase}` : "room.phase.none");
}

/**
 * The line for the tab: "12:34 · Focus — Reading room".
 * @param {Pick<Room, "name"|"timer"|"settings">} room
 * @param {number} now
 */
export function titleOf(room, now) {
  const shown = shownAt(room, now);
  const left = leftAt(shown, now);
  if (left === null) return t("title.idle", { page: room.name });
  const phase = phaseText(shown);
  if (shown.state === "running") return t("title.inRoom", { clock: countdownText(left), phase, name: room.name });
  return t(shown.state === "paused" ? "title.inRoom.paused" : "title.inRoom.waits", { clock: countdownText(left), phase, name: room.name });
}

/** One dot for each cycle before the long break. @param {Shown} shown @param {RoomSettings} settings @returns {("done"|"now"|"open")[]} */
export function dotsOf({ phase, cycle }, { cycles }) {
  const done = phase === null ? 0 : phase === "work" ? cycle - 1 : cycle;
  return Array.from({ length: Math.max(cycles, cycle) }, (_, i) => (i < done ? "done" : i === done && phase === "work" ? "now" : "open"));
}

/** Whether members may speak now, which the room's settings say. @param {Shown} shown @param {RoomSettings} settings */
export function chatIsOpen({ state, phase }, { chat }) {
  return chat === "always" || (chat === "breaks" && !(state !== "idle" && phase === "work"));
}
