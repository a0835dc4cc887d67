import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceOf } from "../../static/js/domain/devices.js";
import { nextPath, routeOf } from "../../static/js/domain/routes.js";
import { shortcutOf } from "../../static/js/domain/shortcuts.js";
import { matchZones } from "../../static/js/domain/zones.js";

const key = (name, more = {}) => ({ key: name, ctrlKey: false, metaKey: false, altKey: false, repeat: false, ...more });
const here = { writing: false, dialogOpen: false };

test("addresses", () => {
  const names = ["/", "/projects", "/projects/7", "/projects/x", "/projects/7/8", "/rooms", "/rooms/library-1", "/rooms/a/b", "/invites/a-b", "/settings", "/signup", "/board", "/streak", "/badges", "/notifications", "/timeline", "/people/7", "/people/x", "/nowhere"].map((path) => routeOf(path).name);
  assert.deepEqual(names, ["today", "projects", "project", "unknown", "unknown", "rooms", "room", "unknown", "invite", "settings", "signup", "board", "streak", "badges", "notifications", "timeline", "person", "unknown", "unknown"]);
  assert.equal(routeOf("/projects/12").id, 12);
  assert.equal(routeOf("/rooms/library-1").code, "library-1");
  assert.equal(routeOf("/invites/a%20b").code, "a b");
  assert.equal(routeOf("/invites/%zz").code, "%zz");
});

test("after logging in one goes only to a place of this page", () => {
  for (const path of ["/invites/abc", "/rooms/library-1"]) assert.equal(nextPath(path), path);
  for (const bad of [null, "//evil.example", "https://evil.example", "/login", "/\\evil.example"]) assert.equal(nextPath(bad), "/");
});

test("single keys mean something only outside of writing, dialogs and modifiers", () => {
  assert.deepEqual(["s", "S", "n", "?", "x"].map((name) => shortcutOf(key(name), here)), ["toggle", "toggle", "focus", "help", null]);
  assert.equal(shortcutOf(key("s"), { ...here, writing: true }), null);
  assert.equal(shortcutOf(key("s"), { ...here, dialogOpen: true }), null);
  assert.equal(shortcutOf(key("s", { ctrlKey: true }), here), null);
  assert.equal(shortcutOf(key("s", { repeat: true }), here), null);
});

test("zones are found by their city", () => {
  assert.deepEqual(matchZones(["America/New_York", "Europe/Berlin", "Asia/Yerevan"], "new y"), ["America/New_York"]);
  assert.deepEqual(matchZones(["Asia/Tokyo", "Africa/Tripoli", "Antarctica/Troll"], "tro"), ["Antarctica/Troll"]);
});

test("devices by the name that a person uses", () => {
  assert.deepEqual(deviceOf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"), { browser: "Edge", system: "Windows" });
  assert.deepEqual(deviceOf("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"), { browser: "Safari", system: "iOS" });
  assert.deepEqual(deviceOf("curl/8"), { browser: null, system: null });
});
