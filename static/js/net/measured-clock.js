// @ts-check
/** Measures the clock over the connection, and tells the time. */
import { addSample, distrust, hint, newClock, sampleOf, serverNow } from "../domain/clock.js";

const SAMPLES = 5;
const AGAIN_MS = 5 * 60 * 1000;

/**
 * @param {import("./socket.js").Socket["request"]} request
 * @param {() => number} [local]  this machine's clock, in ms
 */
export function createMeasuredClock(request, local = Date.now) {
  let clock = newClock();

  async function sample() {
    const answer = await request("clock:sync", { t0: local() }, 4000);
    clock = addSample(clock, sampleOf(answer, local()));
  }

  /** The first answer also shows that the connection is alive. @returns {Promise<void>} */
  async function measure() {
    await sample();
    for (let i = 1; i < SAMPLES; i += 1) await sample();
  }

  setInterval(() => void sample().catch(() => {}), AGAIN_MS); // without a connection the old offset stays

  return {
    measure,
    /** @returns {Promise<void>} */
    measureAnew() {
      clock = distrust(clock);
      return measure();
    },
    /** @param {string} serverTime */
    hint: (serverTime) => void (clock = hint(clock, Date.parse(serverTime), local())),
    now: () => serverNow(clock, local()),
  };
}
