import assert from "node:assert/strict";
import { test } from "node:test";
import { decide, readStamp, renewIn, retryIn } from "../../static/js/domain/session.js";

const facts = (more) => ({ stamp: null, since: 1_000, needsToken: false, token: null, now: 5_000, ...more });

test("a token is renewed two minutes before its end, a short one at half of it", () => {
  assert.equal(renewIn({ at: 0, expiresIn: 900 }, 0), 780_000);
  assert.equal(renewIn({ at: 0, expiresIn: 60 }, 0), 30_000);
  assert.equal(renewIn({ at: 0, expiresIn: 900 }, 880_000), 0);
});

test("of a token of unknown age nothing is expected", () => {
  assert.equal(renewIn(null, 0), 0);
  assert.equal(renewIn({ at: 9_000, expiresIn: 900 }, 1_000), 0); // the local clock was set back
});

test("a tab that waited for the lock sees that another has renewed meanwhile", () => {
  assert.equal(decide(facts({})), "renew");
  assert.equal(decide(facts({ stamp: { at: 500, expiresIn: 900 } })), "renew");
  assert.equal(decide(facts({ stamp: { at: 2_000, expiresIn: 900 } })), "done");
});

test("a tab that needs the token itself renews in its turn, unless it was told the token", () => {
  const stamp = { at: 2_000, expiresIn: 900 };
  assert.equal(decide(facts({ stamp, needsToken: true })), "renew");
  assert.equal(decide(facts({ stamp, needsToken: true, token: { value: "old", at: 100 } })), "renew");
  assert.equal(decide(facts({ stamp, needsToken: true, token: { value: "t", at: 2_000 } })), "done");
});

test("a stamp from the future is not believed", () => {
  assert.equal(decide(facts({ stamp: { at: 99_000, expiresIn: 900 } })), "renew");
});

test("without a network it is tried again, ever more slowly", () => {
  assert.deepEqual([0, 1, 2, 9].map(retryIn), [5_000, 10_000, 20_000, 60_000]);
});

test("what is no stamp is read as none", () => {
  for (const text of [null, "", "{", "7", '{"at":"x"}']) assert.equal(readStamp(text), null);
  assert.deepEqual(readStamp('{"at":1,"expiresIn":2}'), { at: 1, expiresIn: 2 });
});
