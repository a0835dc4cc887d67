// @ts-check
/**
 * The server's time, as well as this machine can know it. The server owns time; a page only adds its measured offset.
 *
 * @typedef {{offset: number, roundTrip: number, takenAt: number}} Sample  All in ms; `takenAt` on the local clock.
 * @typedef {{samples: Sample[], offset: number, measured: boolean}} Clock
 */

const KEPT = 8;
const MAX_AGE_MS = 15 * 60 * 1000;

/** @returns {Clock} */
export function newClock() {
  return { samples: [], offset: 0, measured: false };
}

/**
 * One answer of `clock:sync`, received at local time `t3`. The server's own work (t2 − t1) is not travel time.
 * @param {{t0: number, t1: number, t2: number}} answer
 * @param {number} t3
 * @returns {Sample}
 */
export function sampleOf({ t0, t1, t2 }, t3) {
  return { offset: (t1 - t0 + t2 - t3) / 2, roundTrip: t3 - t0 - (t2 - t1), takenAt: t3 };
}

/**
 * The quickest sample counts: its error is at most half its round trip. Old ones expire, since clocks drift.
 * @param {Clock} clock
 * @param {Sample} sample
 * @returns {Clock}
 */
export function addSample(clock, sample) {
  if (sample.roundTrip < 0) return clock; // the local clock was set while the answer travelled
  const samples = [...clock.samples, sample]
    .filter(({ takenAt }) => Math.abs(sample.takenAt - takenAt) <= MAX_AGE_MS)
    .slice(-KEPT);
  const best = samples.reduce((a, b) => (b.roundTrip < a.roundTrip ? b : a));
  return { samples, offset: best.offset, measured: true };
}

/**
 * A single instant of the server with unknown travel time: better than nothing until a sample comes.
 * @param {Clock} clock
 * @param {number} serverMs
 * @param {number} localMs
 * @returns {Clock}
 */
export function hint(clock, serverMs, localMs) {
  return clock.measured || !Number.isFinite(serverMs) ? clock : { ...clock, offset: serverMs - localMs };
}

/**
 * After sleep or a change of the local clock the samples say nothing any more; the last offset stays until a new one comes.
 * @param {Clock} clock
 * @returns {Clock}
 */
export function distrust(clock) {
  return { samples: [], offset: clock.offset, measured: false };
}

/**
 * The server's time in ms at local time `localMs`.
 * @param {Clock} clock
 * @param {number} localMs
 */
export function serverNow(clock, localMs) {
  return localMs + clock.offset;
}

/**
 * Whether a timer that should have fired `everyMs` after the last time shows that the machine slept or its clock was set.
 * @param {{wall: number, steady: number}} before
 * @param {{wall: number, steady: number}} after
 * @param {number} everyMs
 * @returns {"slept"|"clock set"|null}
 */
export function jump(before, after, everyMs) {
  const wall = after.wall - before.wall;
  const steady = after.steady - before.steady;
  if (Math.abs(wall - steady) > 1500) return wall - steady > 0 ? "slept" : "clock set"; // some machines stop the steady clock in sleep
  return steady > everyMs + 75_000 ? "slept" : null; // hidden pages are slowed down to once a minute
}
