import assert from "node:assert/strict";
import { test } from "node:test";
import { further, importCall, kindOf, mediaOf } from "../../static/js/domain/import-file.js";
import { spanOf } from "../../static/js/domain/periods.js";
import { barsOf, changeOf, lastYear, linesOf, meanOf, reportAddress, reportIn, sharesOf } from "../../static/js/domain/reports.js";

const atlas = { id: 4, name: "Atlas" };
const groups = [
  { day: "2026-03-23", project: atlas, total_seconds: 3600 },
  { day: "2026-03-23", project: null, total_seconds: 1800 },
  { day: "2026-03-25", project: null, total_seconds: 600 },
];
const today = "2026-03-25";

test("a report is its address; the present span needs no date", () => {
  const week = reportIn("", today);
  assert.deepEqual([week.unit, week.span], ["week", { from: "2026-03-23", to: "2026-03-29" }]);
  assert.equal(reportAddress(week, today), "/reports");
  const month = { unit: "month", span: spanOf("month", "2026-02-10"), project_id: 4, tag: "ink" };
  assert.equal(reportAddress(month, today), "/reports?range=month&on=2026-02-01&project=4&tag=ink");
  assert.deepEqual(reportIn(reportAddress(month, today).split("?")[1], today), month);
  assert.equal(reportIn("?range=century&on=tomorrow", today).span.from, "2026-03-23");
});

test("there is a bar for each day, and its pieces stand on each other", () => {
  const bars = barsOf(groups, "week", spanOf("week", today));
  assert.deepEqual(bars.map(({ seconds }) => seconds), [5400, 0, 600, 0, 0, 0, 0]);
  assert.deepEqual(bars[0].pieces.map(({ from, seconds }) => [from, seconds]), [[0, 3600], [3600, 1800]]);
  assert.equal(meanOf(bars), 3000);
  assert.equal(meanOf([]), 0);
  const year = barsOf([{ month: "2026-03", project: null, total_seconds: 60 }], "year", spanOf("year", today));
  assert.deepEqual(year.filter(({ seconds }) => seconds > 0).map(({ key }) => key), ["2026-03"]);
});

test("shares are of the sum, the most first", () => {
  const shares = sharesOf(groups, "project");
  assert.deepEqual(shares.map(({ project, seconds, share }) => [project?.name, seconds, share]), [["Atlas", 3600, 0.6], [undefined, 2400, 0.4]]);
  assert.deepEqual(sharesOf([], "tag"), []);
});

test("a scale has few round lines and reaches over the largest bar", () => {
  assert.deepEqual(linesOf(5400), [3600, 7200]);
  assert.deepEqual(linesOf(1500), [300, 600, 900, 1200, 1500]);
  for (const most of [1, 59, 1501, 3601, 40_000, 90_000, 700_000, 5_000_000]) {
    const lines = linesOf(most);
    assert.ok(lines.length <= 5 && lines.at(-1) >= most, String(most));
  }
});

test("nothing before is nothing to compare with", () => {
  assert.equal(changeOf(90, 60), 0.5);
  assert.equal(changeOf(90, 0), null);
});

test("a year back from today", () => {
  const days = ["2026-03-26", "2025-03-25", "2025-03-26", "2026-03-25"].map((date) => ({ date, seconds: 1 }));
  assert.deepEqual(lastYear(days, today).map(({ date }) => date), ["2025-03-26", "2026-03-25"]);
});

test("a file is known by how it begins", () => {
  assert.equal(kindOf("\uFEFFUser,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags\n"), "toggl");
  assert.equal(kindOf('"Project";"Client";"Description";"Start Date";"Start Time";"End Date";"End Time";"Duration (h)"\r\n'), "clockify");
  assert.equal(kindOf("id,project_id,project_name,started_at,ended_at\n"), "focushub");
  assert.equal(kindOf(' [{"id": 1}]'), "focushub");
  assert.equal(kindOf('{"format": "focushub-account", "version": 1}'), "account");
  for (const other of ["", "{}", "a,b,c\n", "Start date,End date\n", "PK\u0003\u0004"]) assert.equal(kindOf(other), null, other);
});

test("a file is sent as what it is, with what its kind is asked for", () => {
  const choices = { kind: "toggl", date_format: "dmy", timezone: "Europe/Berlin", email: " " };
  assert.deepEqual(importCall(choices, true), { path: "/import/time-entries", query: { format: "toggl", dry_run: "true", date_format: "dmy", timezone: "Europe/Berlin", email: undefined } });
  assert.deepEqual(importCall({ ...choices, kind: "account" }, false), { path: "/import/account", query: { dry_run: undefined } });
  assert.equal(mediaOf("focushub", "\uFEFF["), "application/json");
  assert.equal(mediaOf("focushub", "id,"), "text/csv");
});

test("progress of one import never goes back", () => {
  const at = (done, import_id = 1) => ({ import_id, done, total: 9, created: done, skipped: 0, refused: 0, over: false });
  assert.equal(further(at(5), at(3)).done, 5);
  assert.equal(further(at(5), at(3, 2)).done, 3);
});
