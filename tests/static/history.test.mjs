import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { beyond, byDay, conditionsOf, EVERYTHING, filterIn, historyAddress, listQuery, matches, partsOf, spanIn } from "../../static/js/domain/history.js";
import { datesOf, dateIn, monthsOf, presetSpan, spanOf, stepOf } from "../../static/js/domain/periods.js";
import { bulkEdit, cutAt, mergeOf, middleOf, undoOf } from "../../static/js/domain/reshaping.js";

const entry = (id, started_at, ended_at, more = {}) => ({
  id, started_at, ended_at, project_id: null, description: "", tags: [], source: "timer", timezone: "Europe/Berlin", day_starts_at: 0, version: 1, ...more,
});
const today = "2026-03-29"; // a Sunday, on which the clocks go forward in Berlin

test("a filter is its address, and an address that is none of ours filters nothing", () => {
  const filter = { ...EVERYTHING, range: "last_week", project_id: 4, tag: "a&b", q: "50 %", source: "room", deleted: true };
  assert.deepEqual(filterIn(historyAddress(filter).split("?")[1]), filter);
  assert.equal(historyAddress(EVERYTHING), "/history");
  const custom = { ...EVERYTHING, range: "custom", from: "2026-03-01", to: "2026-03-31" };
  assert.deepEqual(filterIn(historyAddress(custom).split("?")[1]), custom);
  assert.equal(historyAddress(filterIn("?project=none")), "/history?project=none");
  assert.deepEqual(filterIn("?range=ever&project=-1&from=2026-02-30&source=x&deleted=1"), EVERYTHING);
  assert.equal(conditionsOf(EVERYTHING), 0);
  assert.equal(conditionsOf({ ...filter, deleted: false }), 5);
});

test("spans are whole days; weeks begin on Monday", () => {
  assert.deepEqual(presetSpan("week", today), { from: "2026-03-23", to: "2026-03-29" });
  assert.deepEqual(presetSpan("last_week", today), { from: "2026-03-16", to: "2026-03-22" });
  assert.deepEqual(presetSpan("last_month", today), { from: "2026-02-01", to: "2026-02-28" });
  assert.deepEqual(presetSpan("yesterday", "2026-03-01"), { from: "2026-02-28", to: "2026-02-28" });
  assert.deepEqual(stepOf("month", spanOf("month", "2026-01-31"), 1), { from: "2026-02-01", to: "2026-02-28" });
  assert.deepEqual(stepOf("year", spanOf("year", "2026-05-05"), -1), { from: "2025-01-01", to: "2025-12-31" });
  assert.equal(datesOf({ from: "2026-02-27", to: "2026-03-01" }).length, 3);
  assert.equal(monthsOf({ from: "2026-01-01", to: "2026-12-31" }).length, 12);
  assert.equal(dateIn("2026-13-01"), null);
});

test("[D1, D2] an entry is cut at the ends of its own days, and its parts sum to the whole", () => {
  const night = entry(1, "2026-03-28T22:30:00.500Z", "2026-03-29T22:30:00.200Z"); // 23:30 to 00:30, over the change of the clocks
  const parts = partsOf(night);
  assert.deepEqual(parts.map(({ date }) => date), ["2026-03-28", "2026-03-29", "2026-03-30"]);
  assert.deepEqual(parts.map(({ seconds }) => seconds), [1800, 23 * 3600, 1800]);
  const late = entry(2, "2026-03-29T01:00:00Z", "2026-03-29T04:00:00Z", { day_starts_at: 4 });
  assert.deepEqual(partsOf(late).map(({ date, seconds }) => [date, seconds]), [["2026-03-28", 3600], ["2026-03-29", 7200]]);
  assert.deepEqual(partsOf(entry(3, "2026-03-29T10:00:00Z", "2026-03-29T10:00:00Z")).length, 1);
});

test("days come the latest first, and what lies outside of the span is left out", () => {
  const entries = [entry(1, "2026-03-28T22:30:00Z", "2026-03-28T23:30:00Z"), entry(2, "2026-03-29T08:00:00Z", "2026-03-29T09:00:00Z"), entry(3, "2026-03-29T10:00:00Z", null)];
  const days = byDay(entries, { from: null, to: null });
  assert.deepEqual(days.map(({ date, seconds }) => [date, seconds]), [["2026-03-29", 5400], ["2026-03-28", 1800]]);
  assert.deepEqual(days[0].parts.map((part) => part.entry.id), [2, 1]);
  assert.deepEqual(byDay(entries, { from: today, to: today }).map(({ seconds }) => seconds), [5400]);
});

test("the list is asked for all instants that these dates may be in any zone", () => {
  const { from, to } = listQuery({ ...EVERYTHING, range: "today" }, today);
  for (const [timezone, day_starts_at] of [["Pacific/Kiritimati", 0], ["Etc/GMT+12", 6]]) {
    const inside = entry(1, from, to, { timezone, day_starts_at });
    assert.ok(partsOf(inside).some(({ date }) => date === today));
    assert.ok(partsOf(inside)[0].date <= today && partsOf(inside).at(-1).date >= today, timezone);
  }
  assert.deepEqual(spanIn(EVERYTHING, today), { from: null, to: null });
});

test("what happens is put in where it belongs", () => {
  const known = entry(1, "2026-03-29T08:00:00Z", "2026-03-29T09:00:00Z", { description: "Draw Maps", tags: ["ink"], project_id: 4 });
  assert.ok(matches(known, { ...EVERYTHING, q: "maps", tag: "ink", project_id: 4 }));
  assert.deepEqual([known, { ...known, project_id: null }].map((each) => matches(each, { ...EVERYTHING, project_id: "none" })), [false, true]);
  assert.ok(!matches(known, { ...EVERYTHING, tag: "in" }));
  assert.ok(!matches(known, { ...EVERYTHING, source: "room" }));
  const older = entry(2, "2026-03-20T08:00:00Z", "2026-03-20T09:00:00Z");
  assert.ok(beyond(older, [known], "cursor"), "a page that is still to come has it");
  assert.ok(!beyond(older, [known], null));
  assert.ok(!beyond(known, [older], "cursor"));
});

test("many are changed by what was filled in, and get back what each had", () => {
  const kept = { project: "keep", description: " ", add: "", remove: "" };
  assert.deepEqual(bulkEdit(kept), {});
  assert.deepEqual(bulkEdit({ ...kept, project: "", add: "a, #b" }), { project_id: null, add_tags: ["a", "b"] });
  const before = [entry(1, "", "", { project_id: 4, tags: ["x"] }), entry(2, "", "", { tags: ["x"] }), entry(3, "", "", { project_id: 4, tags: ["x"] })];
  assert.deepEqual(undoOf(before, { project_id: 5 }), [{ ids: [1, 3], edit: { project_id: 4 } }, { ids: [2], edit: { project_id: null } }]);
  assert.deepEqual(undoOf(before, { add_tags: ["y"] }), [{ ids: [1, 2, 3], edit: { tags: ["x"] } }]);
  assert.equal(undoOf(Array.from({ length: 11 }, (_, id) => entry(id, "", "", { description: `${id}` })), { description: "y" }), null);
});

test("merging says what it makes, and what of it nobody worked", () => {
  const three = [
    entry(2, "2026-03-29T09:00:00Z", "2026-03-29T10:00:00Z", { project_id: 4 }),
    entry(1, "2026-03-29T08:00:00Z", "2026-03-29T09:30:00Z"),
    entry(3, "2026-03-29T10:20:00Z", "2026-03-29T11:00:00Z"),
  ];
  const { first, seconds, gap, projects } = mergeOf(three);
  assert.deepEqual([first.id, seconds, gap, projects], [1, 3 * 3600, 1200, [null, 4]]);
});

test("a cut lies inside", () => {
  const hour = entry(1, "2026-03-29T08:00:20Z", "2026-03-29T09:00:20Z");
  assert.equal(new Date(middleOf(hour)).toISOString(), "2026-03-29T08:30:00.000Z");
  assert.deepEqual(cutAt(hour, middleOf(hour)), [1780, 1820]);
  assert.equal(cutAt(hour, Date.parse(hour.started_at)), null);
  const short = entry(1, "2026-03-29T08:00:20Z", "2026-03-29T08:00:30Z");
  assert.deepEqual(cutAt(short, middleOf(short)), [5, 5]);
});

test("no two areas of the catalogue have the same key", async () => {
  const folder = new URL("../../static/js/text/en/", import.meta.url);
  const areas = await Promise.all(readdirSync(folder).map((name) => import(new URL(name, folder))));
  const keys = areas.flatMap((area) => Object.values(area).flatMap(Object.keys));
  assert.deepEqual(keys.filter((key, index) => keys.indexOf(key) !== index), []);
});
