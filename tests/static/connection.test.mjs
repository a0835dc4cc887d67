import assert from "node:assert/strict";
import { test } from "node:test";
import { newConnection, step } from "../../static/js/domain/connection.js";

/** Phases and effects of a story. */
function tell(...messages) {
  let state = newConnection();
  let effects = [];
  for (const message of messages) ({ state, effects } = step(state, typeof message === "string" ? { is: message } : message, 0.5));
  return { state, phase: state.phase, did: effects.map((effect) => effect.do), effects };
}
const unauthenticated = { is: "refused", code: "unauthenticated" };

test("it connects, and is live only when the server says so", () => {
  assert.deepEqual([tell("start").phase, tell("start").did], ["connecting", ["open"]]);
  assert.equal(tell("start", "ready").phase, "live");
});

test("a dropped connection waits a little, then longer, and says offline after three failures", () => {
  const once = tell("start", "ready", "dropped");
  assert.deepEqual([once.phase, once.did], ["reconnecting", ["wait"]]);
  const thrice = tell("start", "ready", "dropped", { is: "refused", code: "network" }, { is: "refused", code: "network" });
  assert.equal(thrice.phase, "offline");
  assert.ok(thrice.effects[0].ms > once.effects[0].ms);
});

test("the wait never exceeds ten seconds, and chance spreads the clients", () => {
  const many = ["start", "ready", ...Array(30).fill("dropped")];
  assert.ok(tell(...many).effects[0].ms <= 10_000);
  const { state } = tell("start", "ready");
  assert.notEqual(step(state, { is: "dropped" }, 0).effects[0].ms, step(state, { is: "dropped" }, 0.99).effects[0].ms);
});

test("refused for an old token: renew, then connect; refused again: wait", () => {
  assert.deepEqual(tell("start", unauthenticated).did, ["refresh"]);
  assert.deepEqual(tell("start", unauthenticated, "refreshed").did, ["open"]);
  assert.deepEqual(tell("start", unauthenticated, "refreshed", unauthenticated, "refreshed").did, ["wait"]);
  assert.deepEqual(tell("start", unauthenticated, "refresh failed").did, ["wait"]);
});

test("told not to come back, it stays away until a person asks", () => {
  const story = ["start", "ready", { is: "closing", reconnect: false }, "dropped"];
  assert.deepEqual([tell(...story).phase, tell(...story).did], ["offline", ["refresh"]]);
  assert.deepEqual(tell(...story, "refreshed").did, []);
  assert.deepEqual(tell(...story, "woke").did, []);
  assert.deepEqual(tell(...story, "try again").did, ["open"]);
});

test("a server that drains is come back to", () => {
  assert.deepEqual(tell("start", "ready", { is: "closing", reconnect: true }, "dropped").did, ["wait"]);
});

test("after sleep a live connection is asked whether it still is one, a lost one is opened at once", () => {
  assert.deepEqual(tell("start", "ready", "woke").did, ["probe"]);
  assert.deepEqual(tell("start", "ready", "dropped", "woke").did, ["open"]);
  assert.deepEqual(tell("start", "ready", "no network").did, ["probe"]);
  assert.equal(tell("start", "ready", "dropped", "no network").phase, "offline");
  assert.deepEqual(tell("start", "ready", "dropped", "no network", "network").did, ["open"]);
});

test("signed out is the end of every story", () => {
  const out = tell("start", "ready", "signed out");
  assert.deepEqual([out.phase, out.did], ["signed_out", ["close"]]);
  assert.deepEqual(tell("start", "ready", "signed out", "dropped", "woke", "network").did, []);
  assert.equal(tell("start", "ready", "signed out", "start").phase, "connecting");
});
