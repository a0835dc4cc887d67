import assert from "node:assert/strict";
import { test } from "node:test";
import { badgeName, badgeText, cardsOf, progressText } from "../../static/js/domain/badges.js";
import { agoText, dateText } from "../../static/js/domain/format.js";
import { applyNews, countText, newNews, withItems, wordsOf } from "../../static/js/domain/news.js";
import { speak } from "../../static/js/text/t.js";
import { dateAfter, monthsUpTo, streakAt, weekday } from "../../static/js/domain/streak.js";

const NOW = Date.parse("2026-11-21T12:00:00Z");

test("a streak ends by itself, at its instant", () => {
  const streak = { current: 4, longest: 9, today_done: false, expires_at: "2026-11-21T12:00:00.001Z", freezes: 1 };
  assert.equal(streakAt(streak, NOW).current, 4);
  assert.deepEqual(streakAt(streak, NOW + 1), { current: 0, longest: 9, today_done: false, expires_at: null, freezes: 0 });
});

test("months are whole weeks from Monday on, the latest first, with what is known of each day", () => {
  const days = [{ date: "2026-10-31", seconds: 600, state: "done" }, { date: "2026-11-01", seconds: 0, state: "frozen" }];
  const [november, october] = monthsUpTo(days, "2026-11-21", 2);
  assert.deepEqual([november.month, october.month], ["2026-11-01", "2026-10-01"]);
  for (const { weeks } of [november, october]) for (const week of weeks) assert.equal(week.length, 7);
  assert.deepEqual(november.weeks[0].map((cell) => cell?.state), [undefined, undefined, undefined, undefined, undefined, undefined, "frozen"]);
  const cells = october.weeks.flat().filter(Boolean);
  assert.equal(cells.length, 31);
  assert.deepEqual([cells[0].state, cells[30].state, cells[30].seconds], [null, "done", 600]);
  assert.equal(weekday("2026-11-16"), 0);
});

test("a year's turn and a leap day are in the calendar", () => {
  const months = monthsUpTo([], "2028-03-05", 4);
  assert.deepEqual(months.map(({ month }) => month), ["2028-03-01", "2028-02-01", "2028-01-01", "2027-12-01"]);
  assert.equal(months[1].weeks.flat().filter(Boolean).length, 29);
});

test("arrows go by days and by weeks, and not beyond", () => {
  const go = (key, at) => dateAfter(key, at, "2026-09-01", "2026-11-21");
  assert.deepEqual(["ArrowLeft", "ArrowUp", "ArrowDown", "End", "Home", "x"].map((key) => go(key, "2026-11-01")), ["2026-10-31", "2026-10-25", "2026-11-08", "2026-11-21", "2026-09-01", null]);
  assert.deepEqual([go("ArrowRight", "2026-11-21"), go("ArrowUp", "2026-09-05")], [null, null]);
});

const badge = (key, more = {}) => ({ badge_id: 1, key, name: key, description: "", family: null, tier: null, image_url: null, awarded_at: null, ...more });
const way = (share) => ({ share, metric: "entries", value: 0, target: 1 });

test("tiers of a family are one card, earned ones stand first, then those that are near", () => {
  const cards = cardsOf([
    badge("far", { progress: way(0.1) }),
    badge("near", { progress: way(0.8) }),
    badge("hours_100", { family: "hours", tier: "silver", progress: way(0.5) }),
    badge("hours_10", { family: "hours", tier: "bronze", awarded_at: "2026-11-20T10:00:00.000Z", progress: way(1) }),
    badge("hours_1000", { family: "hours", tier: "gold", progress: way(0.05) }),
    badge("first", { awarded_at: "2026-11-21T10:00:00.000Z", progress: way(1) }),
  ]);
  assert.deepEqual(cards.map(({ key }) => key), ["first", "family:hours", "near", "far"]);
  const [, hours] = cards;
  assert.deepEqual([hours.shown.key, hours.next?.key, hours.tiers.map(({ tier }) => tier)], ["hours_10", "hours_100", ["bronze", "silver", "gold"]]);
});

test("how far one has come, in words, and never more than was reached", () => {
  const text = (metric, value, target) => progressText({ share: 0, metric, value, target });
  assert.equal(text("project_seconds", 3 * 3600, 10 * 3600), "3 of 10 hours on one project");
  assert.equal(text("total_seconds", 35_999, 36_000), "9.9 of 10 hours of focus");
  assert.equal(text("total_seconds", 360_001, 360_000), "100 of 100 hours of focus");
  assert.equal(text("entries", 0, 1), "0 of 1 entry");
  assert.equal(text("entry_seconds", 0, 3600), "0 of 1 hour in one entry");
  assert.equal(text("streak_days", 2, 7), "2 of 7 days in a row");
  assert.equal(text("entry_seconds", 90, 1800), "1.5 of 30 minutes in one entry");
  assert.equal(text("luck", 1, 7), "1 of 7");
});

const told = (id, read_at = null, kind = "badge_awarded") => ({ id, kind, data: { name: "First step" }, at: "2026-11-21T10:00:00.000Z", read_at });

test("notifications come first and are read everywhere", () => {
  let news = { ...newNews(), items: [told(3)], unread: 1 };
  news = applyNews(news, "notification:created", { notification: told(4), unread_count: 2 }, "");
  assert.deepEqual([news.items.map(({ id }) => id), news.unread], [[4, 3], 2]);
  news = applyNews(news, "notification:updated", { ids: [3], unread_count: 1 }, "now");
  assert.deepEqual([news.items.map(({ read_at }) => read_at), news.unread], [[null, "now"], 1]);
  news = applyNews(news, "notification:updated", { all: true, unread_count: 0 }, "later");
  assert.deepEqual([news.items.map(({ read_at }) => read_at), news.unread], [["later", "now"], 0]);
});

test("the count moves also while no list was read, and a list does not make unread what was read", () => {
  assert.deepEqual(applyNews(newNews(), "notification:created", { notification: told(4), unread_count: 7 }, ""), { items: null, unread: 7, next: null });
  assert.deepEqual(withItems([told(4, "now")], [told(4), told(2)]).map(({ id, read_at }) => [id, read_at]), [[4, "now"], [2, null]]);
});

test("what a notification is about, in words, with a way there", () => {
  assert.deepEqual(wordsOf(told(1)), { text: "You earned a badge: First step", href: "/badges", icon: "badge" });
  assert.equal(wordsOf({ ...told(1), kind: "streak_reached", data: { days: 7, on: "2026-11-21" } }).text, "Your streak: 7 days in a row");
  assert.deepEqual(wordsOf({ ...told(1), kind: "from_a_newer_server", data: null }).href, null);
  assert.deepEqual([7, 99, 100].map(countText), ["7", "99", "99+"]);
});

test("how long ago, and dates in no zone", () => {
  const ago = (seconds) => agoText(NOW - seconds * 1000, NOW, "UTC", "en-GB");
  assert.deepEqual([-5, 59, 60, 3599, 3600, 86_400, 2 * 86_400, 7 * 86_400].map(ago), ["just now", "just now", "1 min ago", "59 min ago", "1 h ago", "yesterday", "2 days ago", "14 Nov 2026"]);
  assert.deepEqual([dateText("2026-11-21", "short", "en-GB"), dateText("2026-11-01", "month", "en-GB")], ["21 Nov", "November 2026"]);
});

test("the badges that every server has are called in the language that is spoken; others are called as they are", async () => {
  assert.equal(badgeName("Early bird"), "Early bird");
  await speak("de", "de-DE");
  try {
    assert.deepEqual([badgeName("Early bird"), badgeText({ description: "Join 10 focus rooms." })], ["Früher Vogel", "Betritt 10 Fokusräume."]);
    assert.equal(badgeName("Of our own"), "Of our own");
  } finally {
    await speak("en", "en-GB");
  }
});
