// @ts-check
/**
 * When the end of a phase is to be heard. Asked at every tick and at every news: it answers each end once, none that lies
 * more than ten seconds back (after sleep there is nothing to hurry to), and none where somebody paused, skipped or stopped.
 *
 * @typedef {import("./room-timer.js").Shown} Shown
 * @typedef {import("./types.js").Phase} Phase
 * @typedef {{room: number, endsAt: number, phase: Phase}|null} Watch  The phase that was last seen running.
 * @typedef {{key: string, ended: Phase, next: Shown}} Ring  `key` is the same in all tabs.
 */

const LATE_MS = 10_000;
// The server's word may be quicker than this clock, which is right only to some milliseconds.
const EARLY_MS = 1000;

/**
 * @param {Watch} watch
 * @param {{id: number}|null} room
 * @param {Shown|null} shown  as predicted, so that it has moved on at the deadline
 * @param {number} now
 * @returns {{watch: Watch, ring: Ring|null}}
 */
export function observe(watch, room, shown, now) {
  /** @type {Watch} */
  const next = room && shown?.state === "running" && shown.endsAt !== null && shown.phase ? { room: room.id, endsAt: shown.endsAt, phase: shown.phase } : null;
  if (!watch || !room || !shown || watch.room !== room.id) return { watch: next, ring: null };
  const moved = next === null || next.phase !== watch.phase || next.endsAt !== watch.endsAt;
  const late = now - watch.endsAt;
  const goesOn = shown.phase === null || shown.state === "paused" || shown.phase === watch.phase; // stopped, paused, extended
  if (!moved || goesOn || late < -EARLY_MS || late > LATE_MS) return { watch: next, ring: null };
  return { watch: next, ring: { key: `${room.id}@${watch.endsAt}`, ended: watch.phase, next: shown } };
}
