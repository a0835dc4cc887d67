import assert from "node:assert/strict";
import { test } from "node:test";
import { goalOf, goalProblems, goalValues } from "../../static/js/domain/goal.js";
import { matchRecent, recentKinds } from "../../static/js/domain/recent.js";

const entry = (id, description, more = {}) => ({ id, description, project_id: null, tags: [], started_at: new Date(id * 1000).toISOString(), ended_at: new Date(id * 1000 + 1).toISOString(), ...more });
const ids = (entries) => entries.map(({ id }) => id);

test("each thing once, the latest first, without what is shown elsewhere or has no name", () => {
  const entries = [entry(1, "Mail"), entry(2, "Write"), entry(3, "Mail"), entry(4, "Write", { project_id: 7 }), entry(5, ""), entry(6, "Now", { ended_at: null }), entry(7, "", { project_id: 7 }), entry(8, "Write", { tags: ["b", "a"] }), entry(9, "Write", { tags: ["a", "b"] })];
  assert.deepEqual(ids(recentKinds(entries, [], 9)), [9, 7, 4, 3, 2]);
  assert.deepEqual(ids(recentKinds(entries, [entry(0, "Mail")], 2)), [9, 7]);
});

test("words complete what contains them all; one letter and what is written already complete nothing", () => {
  const kinds = [entry(1, "Answer mail"), entry(2, "Write the report")];
  assert.deepEqual([matchRecent(kinds, "mail ans"), matchRecent(kinds, "m"), matchRecent(kinds, "answer mail"), matchRecent(kinds, "")].map(ids), [[1], [], [], []]);
});

test("a goal is hours and minutes, at most a day", () => {
  assert.deepEqual(goalValues(5400), { hours: "1", minutes: "30" });
  assert.deepEqual([goalOf({ hours: "24", minutes: "59" }), goalOf({ hours: "", minutes: "45" })], [86_400, 2700]);
  assert.deepEqual(goalProblems({ hours: "25", minutes: "60" }), { hours: "problem.goal.hours", minutes: "problem.goal.minutes" });
});
