import assert from "node:assert/strict";
import { test } from "node:test";
import { dayBegins, dayOf, instantOf, knownZone, secondsBetween, secondsWithin, shift } from "../../static/js/domain/days.js";

const ms = (text) => Date.parse(text);
const hours = ({ from, to }) => (to - from) / 3_600_000;

test("[D1] a day is that of the person's zone", () => {
  const day = dayOf(ms("2026-11-21T23:30:00Z"), "Europe/Berlin", 0);
  assert.deepEqual(day, { date: "2026-11-22", from: ms("2026-11-21T23:00:00Z"), to: ms("2026-11-22T23:00:00Z") });
});

test("[D1] before day_starts_at it is still yesterday", () => {
  assert.equal(dayOf(ms("2026-11-22T02:59:59.999Z"), "UTC", 3).date, "2026-11-21");
  assert.equal(dayOf(ms("2026-11-22T03:00:00Z"), "UTC", 3).date, "2026-11-22");
});

test("[D2] days have 23, 24, 25 and 23.5 hours", () => {
  assert.equal(hours(dayOf(ms("2026-03-29T12:00:00Z"), "Europe/Berlin", 0)), 23);
  assert.equal(hours(dayOf(ms("2026-10-25T12:00:00Z"), "Europe/Berlin", 0)), 25);
  assert.equal(hours(dayOf(ms("2026-10-04T02:00:00Z"), "Australia/Lord_Howe", 0)), 23.5);
  assert.equal(hours(dayOf(ms("2026-06-01T12:00:00Z"), "Asia/Kathmandu", 0)), 24);
});

test("[D1] a day whose first hour does not exist begins with the change", () => {
  // Beirut goes from 00:00 to 01:00 on this date.
  assert.equal(dayBegins("2026-03-29", "Asia/Beirut", 0), ms("2026-03-28T22:00:00Z"));
  // Two in the morning does not exist in Berlin on this date.
  assert.equal(dayBegins("2026-03-29", "Europe/Berlin", 2), ms("2026-03-29T01:00:00Z"));
});

test("[D1] of an hour that comes twice the first counts", () => {
  assert.equal(dayBegins("2026-10-25", "Europe/Berlin", 2), ms("2026-10-25T00:00:00Z"));
  assert.equal(instantOf(ms("2026-11-01T01:30:00Z"), "America/New_York"), ms("2026-11-01T05:30:00Z"));
});

test("every instant of a year lies in exactly one day, and days follow each other without a gap", () => {
  for (const [zone, start] of [["America/St_Johns", 0], ["Pacific/Apia", 6], ["Africa/Casablanca", 3], ["America/Asuncion", 0]]) {
    let day = dayOf(ms("2026-01-01T12:00:00Z"), zone, start);
    for (let i = 0; i < 365; i += 1) {
      const next = dayOf(day.to, zone, start);
      assert.equal(next.from, day.to);
      assert.equal(next.date, shift(day.date, 1));
      assert.equal(dayOf(day.to - 1, zone, start).date, day.date);
      day = next;
    }
  }
});

test("[D0] pieces always sum to the whole, whatever their milliseconds", () => {
  const [a, b, c] = [ms("2026-11-21T08:00:00.900Z"), ms("2026-11-21T08:00:01.100Z"), ms("2026-11-21T08:10:00.050Z")];
  assert.equal(secondsBetween(a, b), 1);
  assert.equal(secondsBetween(a, b) + secondsBetween(b, c), secondsBetween(a, c));
  assert.equal(secondsBetween(c, a), 0);
});

test("[D2] an entry across midnight gives each day its own seconds", () => {
  const today = dayOf(ms("2026-11-22T12:00:00Z"), "UTC", 0);
  const yesterday = dayOf(ms("2026-11-21T12:00:00Z"), "UTC", 0);
  const [start, end] = [ms("2026-11-21T23:50:00.500Z"), ms("2026-11-22T00:20:00.250Z")];
  assert.equal(secondsWithin(start, end, yesterday), 600);
  assert.equal(secondsWithin(start, end, today), 1200);
});

test("a zone that the browser does not know counts as UTC", () => {
  assert.equal(knownZone("Mars/Olympus"), "UTC");
  assert.equal(knownZone("Asia/Tokyo"), "Asia/Tokyo");
});
