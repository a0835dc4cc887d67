import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULTS, particularsChanged, roomProblems, settingsChanged, valuesOf } from "../../static/js/domain/room-form.js";

const before = valuesOf({ name: "Library", settings: DEFAULTS, visibility: "link", project_id: null });

test("lengths are minutes; what is not touched is not sent", () => {
  assert.deepEqual([before.work, before.short_break, before.long_break], ["25", "5", "15"]);
  assert.deepEqual(settingsChanged(before, before), {});
  assert.deepEqual(settingsChanged({ ...before, work: "50", cycles: "3", auto_start_work: true, chat: "off" }, before), { work_s: 3000, cycles: 3, auto_start_work: true, chat: "off" });
});

test("a length that the form cannot show stays as it is", () => {
  const odd = valuesOf({ name: "x", settings: { ...DEFAULTS, work_s: 100, long_break_s: 14_400 }, visibility: "link", project_id: null });
  assert.deepEqual([odd.work, odd.long_break], ["1.67", "240"]);
  assert.deepEqual(roomProblems(odd, odd), {});
  assert.deepEqual(settingsChanged({ ...odd, short_break: "6" }, odd), { short_break_s: 360 });
});

test("minutes from 1 to 180, a name, and a project where the room is a project's", () => {
  for (const bad of ["0", "181", "", "2.5", "abc", "-3", "1e2"]) assert.deepEqual(roomProblems({ ...before, work: bad }, before), { work: "problem.minutes" });
  for (const good of ["1", "180", " 30 "]) assert.deepEqual(roomProblems({ ...before, work: good }, before), {});
  assert.deepEqual(roomProblems({ ...before, name: "  ", cycles: "0", capacity: "1001" }, before), { name: "problem.name.empty", cycles: "problem.cycles", capacity: "problem.capacity" });
  assert.deepEqual(roomProblems({ ...before, visibility: "project" }, before), { project_id: "problem.project.none" });
});

test("a name without its spaces, and a project by its number or none", () => {
  assert.deepEqual(particularsChanged({ ...before, name: " New ", visibility: "project", project_id: "7" }, before), { name: "New", visibility: "project", project_id: 7 });
  assert.deepEqual(particularsChanged({ ...before, project_id: "" }, { ...before, project_id: "7" }), { project_id: null });
});
