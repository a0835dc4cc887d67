import assert from "node:assert/strict";
import { test } from "node:test";
import { clockText, colorOf, durationText, inputText, timeText } from "../../static/js/domain/format.js";

test("a clock counts hours without end, and never below zero", () => {
  assert.deepEqual([0, 59, 3909, 360_000, -5].map(clockText), ["0:00:00", "0:00:59", "1:05:09", "100:00:00", "0:00:00"]);
});

test("durations in words", () => {
  assert.deepEqual([9, 300, 3909, 36_000].map(durationText), ["9 s", "5 min", "1 h 05 min", "10 h 00 min"]);
});

test("times are those of the person's zone", () => {
  const instant = Date.parse("2026-11-21T23:05:30Z");
  assert.equal(timeText(instant, "Europe/Berlin", "en-GB"), "00:05");
  assert.equal(inputText(instant, "Asia/Kathmandu"), "2026-11-22T04:50");
});

test("only a colour is a colour", () => {
  assert.equal(colorOf("#A1b2c3"), "#A1b2c3");
  for (const bad of [null, "red", "#fff", "url(x)", "#12345g"]) assert.equal(colorOf(bad), "#8a938f");
});
