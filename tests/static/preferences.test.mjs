// What one prefers: what an earlier page kept in a browser goes to the account, once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULTS } from "../../static/js/domain/pomodoro.js";
import { keptChoices, keptGoal, takenOver } from "../../static/js/domain/preferences.js";

const account = { daily_goal_seconds: null, pomodoro: null, language: null };
const here = { goal: 7200, rhythm: { ...DEFAULTS, work_s: 3000 }, language: "de" };

test("what only this browser knew is told to the account", () => {
  assert.deepEqual(takenOver(account, here), { daily_goal_seconds: 7200, pomodoro: here.rhythm, language: "de" });
});

test("what the account has chosen, or nobody, is left as it is", () => {
  assert.deepEqual(takenOver({ daily_goal_seconds: 0, pomodoro: DEFAULTS, language: "en" }, here), {});
  assert.deepEqual(takenOver(account, { goal: 0, rhythm: { ...DEFAULTS }, language: "en" }), {});
  assert.deepEqual(takenOver({}, here), {}, "a server of before does not know of them");
});

test("what was kept is read with care", () => {
  assert.deepEqual(["7200", "-5", "x", null, "999999"].map(keptGoal), [7200, 0, 0, 0, 86_400]);
  assert.deepEqual([null, "{", "3", "null"].map(keptChoices), [{}, {}, {}, {}]);
  assert.deepEqual(keptChoices('{"daily_goal_seconds":60}'), { daily_goal_seconds: 60 });
});
