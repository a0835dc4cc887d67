import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

const code = readFileSync(new URL("../../static/sw.js", import.meta.url), "utf8");

/** The worker in a browser of cardboard: what it showed, and where a click led. */
function worker(pages = []) {
  const heard = {};
  const seen = { shown: [], opened: [], waits: [] };
  const self = {
    location: { origin: "https://hub.example" },
    registration: { showNotification: (...what) => seen.shown.push(what) },
    clients: { matchAll: async () => pages, openWindow: async (path) => seen.opened.push(path) },
    addEventListener: (name, listener) => (heard[name] = listener),
  };
  runInNewContext(code, { self, URL });
  const tell = async (name, event) => {
    heard[name]({ ...event, waitUntil: (promise) => seen.waits.push(promise) });
    await Promise.all(seen.waits);
  };
  return { seen, tell };
}

const click = (url) => ({ notification: { close() {}, data: { url } } });

test("what is pushed is shown, each notification once", async () => {
  const { seen, tell } = worker();
  await tell("push", { data: { json: () => ({ id: 7, kind: "badge_awarded", title: "A badge", body: "Spark", url: "https://hub.example/badges" }) } });
  const [[title, { body, tag, data }]] = seen.shown;
  assert.deepEqual([title, body, tag, data.url], ["A badge", "Spark", "news:7", "https://hub.example/badges"]);
  await tell("push", { data: null });
  assert.equal(seen.shown[1][0], "FocusHub");
});

test("a click leads to its page, in a window that is open, and never to another site", async () => {
  const fresh = worker();
  await fresh.tell("notificationclick", click("https://hub.example/streak?a=1"));
  await fresh.tell("notificationclick", click("https://evil.example/streak"));
  assert.deepEqual(fresh.seen.opened, ["/streak?a=1", "/"]);
  const told = [];
  const open = worker([{ focus: async () => {}, postMessage: (message) => told.push({ ...message }) }]);
  await open.tell("notificationclick", click("/badges"));
  assert.deepEqual([told, open.seen.opened], [[{ go: "/badges" }], []]);
});
