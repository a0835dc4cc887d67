import assert from "node:assert/strict";
import { test } from "node:test";
import { addSample, distrust, hint, jump, newClock, sampleOf, serverNow } from "../../static/js/domain/clock.js";

const at = (offset, roundTrip, takenAt = 0) => ({ offset, roundTrip, takenAt });

test("the offset of a symmetric round trip is exact, the server's own work left out", () => {
  // The server is 10 s ahead; 40 ms each way, 5 ms of work.
  const sample = sampleOf({ t0: 1_000, t1: 11_040, t2: 11_045 }, 1_085);
  assert.deepEqual(sample, { offset: 10_000, roundTrip: 80, takenAt: 1_085 });
});

test("of several samples the quickest counts", () => {
  let clock = newClock();
  for (const sample of [at(500, 300), at(120, 12), at(90, 40)]) clock = addSample(clock, sample);
  assert.equal(serverNow(clock, 1_000), 1_120);
});

test("old samples expire, since clocks drift", () => {
  const clock = addSample(addSample(newClock(), at(5, 1, 0)), at(900, 50, 16 * 60 * 1000));
  assert.equal(clock.offset, 900);
});

test("a sample during which the local clock was set is refused", () => {
  assert.equal(addSample(newClock(), at(99, -4)).measured, false);
});

test("a hint is used until there is a measurement", () => {
  assert.equal(hint(newClock(), 5_000, 1_000).offset, 4_000);
  assert.equal(hint(addSample(newClock(), at(7, 2)), 5_000, 1_000).offset, 7);
  assert.equal(hint(newClock(), Number.NaN, 0).offset, 0);
});

test("after sleep the samples say nothing, the offset stays until a new one comes", () => {
  const woken = distrust(addSample(newClock(), at(7, 2)));
  assert.equal(woken.offset, 7);
  assert.equal(addSample(woken, at(9, 900)).offset, 9);
});

test("sleep and a set clock are told from a slowed-down page", () => {
  const before = { wall: 0, steady: 0 };
  assert.equal(jump(before, { wall: 10_020, steady: 10_010 }, 10_000), null);
  assert.equal(jump(before, { wall: 60_000, steady: 60_000 }, 10_000), null);
  assert.equal(jump(before, { wall: 900_000, steady: 900_000 }, 10_000), "slept");
  assert.equal(jump(before, { wall: 900_000, steady: 10_000 }, 10_000), "slept");
  assert.equal(jump(before, { wall: -50_000, steady: 10_000 }, 10_000), "clock set");
});
