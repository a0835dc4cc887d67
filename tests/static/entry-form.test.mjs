import assert from "node:assert/strict";
import { test } from "node:test";
import { entryChanges, entryFields, entryProblems } from "../../static/js/domain/entry-form.js";

const zone = "Europe/Berlin";
const entry = {
  id: 1, project_id: 4, description: "Plan", tags: ["a", "b"], version: 1,
  started_at: "2026-11-21T08:00:30.250Z", ended_at: "2026-11-21T09:00:00.000Z",
};
const now = Date.parse("2026-11-21T12:00:00Z");
const edit = (more) => ({ ...entryFields(entry, zone), ...more });

test("an entry as fields, in the person's zone", () => {
  assert.deepEqual(entryFields(entry, zone), {
    description: "Plan", project_id: "4", tags: "a, b", started_at: "2026-11-21T09:00", ended_at: "2026-11-21T10:00",
  });
});

test("untouched fields are not sent, so seconds are not lost", () => {
  assert.deepEqual(entryChanges(edit({}), entry, zone), {});
});

test("only what was changed is sent; no project is null", () => {
  assert.deepEqual(entryChanges(edit({ project_id: "", tags: "b, #c", started_at: "2026-11-21T08:30" }), entry, zone), {
    project_id: null, tags: ["b", "c"], started_at: "2026-11-21T07:30:00.000Z",
  });
});

test("an end before the start, the future, and what is no time are told at their fields", () => {
  const problems = (more) => entryProblems(edit(more), entry, zone, now);
  assert.deepEqual(problems({}), {});
  assert.deepEqual(problems({ ended_at: "2026-11-21T08:00" }), { ended_at: "problem.time.order" });
  assert.deepEqual(problems({ ended_at: "2026-11-21T14:00" }), { ended_at: "problem.time.future" });
  assert.deepEqual(problems({ started_at: "" }), { started_at: "problem.time.form" });
  assert.deepEqual(problems({ tags: "1,2,3,4,5,6,7,8,9,10,11" }), { tags: "problem.tags.many" });
});

test("a running entry has no end to change", () => {
  const running = { ...entry, ended_at: null };
  assert.deepEqual(entryChanges({ ...entryFields(running, zone), ended_at: "2026-11-21T10:00" }, running, zone), {});
});
