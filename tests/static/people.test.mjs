import assert from "node:assert/strict";
import { test } from "node:test";
import { answersFor, doubtful, endField, endIn } from "../../static/js/domain/doubt.js";
import { halvesUpTo, levelOf, monthsOf, summaryOf } from "../../static/js/domain/heatmap.js";
import { byDate, happened, withTimeline } from "../../static/js/domain/timeline.js";

const item = (id, timestamp, event_type = "timer_stopped", event_data = {}) => ({ id, event_type, event_data, timestamp, user: { id: 1, username: "ada" } });

test("what happened stands in its order, each once", () => {
  const items = withTimeline([item(3, "2026-11-21T10:00:00.000Z")], [item(2, "2026-11-21T11:00:00.000Z"), item(3, "2026-11-21T10:00:00.000Z"), item(5, "2026-11-21T10:00:00.000Z")]);
  assert.deepEqual(items.map(({ id }) => id), [2, 5, 3]);
});

test("days of a timeline are those of one's own zone", () => {
  const days = byDate([item(2, "2026-11-21T15:30:00.000Z"), item(1, "2026-11-21T14:30:00.000Z")], "Asia/Tokyo");
  assert.deepEqual(days.map(({ date, items }) => [date, items.length]), [["2026-11-22", 1], ["2026-11-21", 1]]);
});

test("what happened, in words, with a way there", () => {
  const words = (type, data) => {
    const { text, what, href } = happened(item(1, "", type, data));
    return [text, what, href];
  };
  assert.deepEqual(words("timer_stopped", { duration_seconds: 5400, description: "Draw", project_name: "Atlas", project_id: 7 }), ["worked for 1 h 30 min", "Draw · Atlas", "/projects/7"]);
  assert.deepEqual(words("timer_started", { description: "", project_id: null }), ["started a timer", "", null]);
  assert.deepEqual(words("streak_reached", { days: 7 }), ["reached a streak of 7 days", "", null]);
  assert.deepEqual(words("badge_earned", { name: "Spark" }), ["earned the badge", "Spark", null]);
  assert.deepEqual(words("room_joined", { name: "Den", slug: "den-1" }), ["came into the room", "Den", "/rooms/den-1"]);
  assert.deepEqual(words("from_a_newer_server", null), ["did something", "", null]);
});

test("a year is 53 weeks in two halves, up to today", () => {
  const halves = halvesUpTo([{ date: "2026-11-21", seconds: 20_000 }, { date: "2025-11-20", seconds: 60 }], "2026-11-21");
  assert.deepEqual(halves.map(({ weeks }) => weeks.length), [26, 27]);
  const last = halves[1].weeks.at(-1);
  assert.deepEqual(last.map((cell) => cell?.date ?? null).slice(4), ["2026-11-20", "2026-11-21", null]);
  assert.equal(last[5].level, 4);
  assert.equal(halves[0].weeks[0][0].date, "2025-11-17");
  assert.equal(halves[0].weeks[0][3].level, 1);
  assert.equal(new Set(halves.flatMap(({ weeks }) => weeks.flat()).filter(Boolean).map(({ date }) => date)).size, 52 * 7 + 6);
  assert.equal(halves[0].labels[0].date, "2025-12-01");
});

test("levels, the sum of a year, and its months", () => {
  assert.deepEqual([0, 1, 1800, 7199, 7200, 14_400].map(levelOf), [0, 1, 2, 2, 3, 4]);
  const days = [{ date: "2026-10-31", seconds: 60 }, { date: "2026-11-01", seconds: 0 }, { date: "2026-11-02", seconds: 90 }];
  assert.deepEqual(summaryOf(days), { days: 2, seconds: 150, best: days[2] });
  assert.equal(summaryOf([]).best, null);
  assert.deepEqual(monthsOf(days), [{ month: "2026-11-01", days: 1, seconds: 90 }, { month: "2026-10-01", days: 1, seconds: 60 }]);
});

const NOW = Date.parse("2026-11-21T18:00:00Z");
const entry = (more = {}) => ({ id: 1, started_at: "2026-11-21T08:00:10.000Z", ended_at: null, doubtful_from: "2026-11-21T12:00:30.000Z", pending: false, ...more });

test("the running entry in doubt is asked about first, and what is saved only", () => {
  const all = [entry({ id: 9, ended_at: "2026-11-21T13:00:00.000Z" }), entry({ id: 2 }), entry({ id: 3, doubtful_from: null }), entry({ id: -1 }), entry({ id: 4, pending: true })];
  assert.deepEqual(doubtful(all).map(({ id }) => id), [2, 9]);
  assert.deepEqual(answersFor(all[1]), ["keep", "stop", "split", "discard"]);
  assert.deepEqual(answersFor(all[0]), ["keep", "stop", "discard"]);
});

test("an end that nobody touched is the doubt's own; another is sent, if it can be", () => {
  assert.equal(endField(entry(), "Europe/Berlin"), "2026-11-21T13:00");
  const read = (field, more) => endIn(field, entry(more), "Europe/Berlin", NOW);
  assert.deepEqual(read("2026-11-21T13:00"), { at: null, problem: null });
  assert.deepEqual(read("2026-11-21T11:30"), { at: "2026-11-21T10:30:00.000Z", problem: null });
  assert.equal(read("2026-11-21T09:00").problem, "problem.time.order");
  assert.equal(read("2026-11-21T19:01").problem, "problem.time.future");
  assert.equal(read("2026-11-21T15:00", { ended_at: "2026-11-21T13:30:00.000Z" }).problem, "problem.time.late");
  assert.equal(read("soon").problem, "problem.time.form");
});
