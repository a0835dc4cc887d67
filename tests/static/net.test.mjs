import assert from "node:assert/strict";
import { test } from "node:test";
import { createApi } from "../../static/js/net/api.js";
import { ApiError } from "../../static/js/net/api-error.js";
import { createChannels } from "../../static/js/net/channels.js";
import { newId } from "../../static/js/net/ids.js";
import { isFirst, withLock } from "../../static/js/net/locks.js";
import { createSender } from "../../static/js/net/sender.js";

const pause = async () => {};
const json = (status, body, headers = {}) => new Response(JSON.stringify(body), { status, headers: { "Content-Type": status < 400 ? "application/json" : "application/problem+json", ...headers } });

/** An api over answers told beforehand; an answer may be an error, then the network is gone. */
function apiOver(answers, renew = async () => false) {
  const asked = [];
  const fetch = async (address, options) => {
    asked.push({ address, ...options });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { api: createApi({ fetch, renew, pause }), asked };
}

test("a refusal is an error with its code, fields and current object", async () => {
  const { api } = apiOver([json(409, { code: "version_conflict", detail: "stale", current: { id: 1 }, errors: [] })]);
  await assert.rejects(api.patch("/time-entries/1", {}, { ifMatch: 3 }), (error) => error instanceof ApiError && error.code === "version_conflict" && error.current.id === 1 && error.status === 409);
});

test("a 401 renews once and asks again; a login that has ended is an error", async () => {
  let renewals = 0;
  const renew = async () => (renewals += 1) > 0;
  const { api, asked } = apiOver([json(401, { code: "unauthenticated" }), json(200, { id: 1 })], renew);
  assert.deepEqual(await api.get("/users/me"), { id: 1 });
  assert.deepEqual([renewals, asked.length], [1, 2]);
  const ended = apiOver([json(401, { code: "unauthenticated" })]);
  await assert.rejects(ended.api.get("/users/me"), { code: "unauthenticated" });
});

test("[T5] a command whose answer was lost is sent again with the same id", async () => {
  const { api, asked } = apiOver([new TypeError("gone"), json(503, { code: "unavailable" }, { "Retry-After": "1" }), json(201, { ok: 1 })]);
  await api.post("/projects", { name: "x" });
  const ids = asked.map(({ headers }) => headers["Idempotency-Key"]);
  assert.equal(asked.length, 3);
  assert.equal(new Set(ids).size, 1);
  assert.match(ids[0], /^[0-9a-f-]{36}$/);
});

test("If-Match carries the version in quotes; signing in carries no command id and is not repeated", async () => {
  const { api, asked } = apiOver([json(200, {}), json(401, { code: "invalid_credentials" })]);
  await api.patch("/time-entries/1", { description: "x" }, { ifMatch: 4 });
  assert.equal(asked[0].headers["If-Match"], '"4"');
  await assert.rejects(api.post("/auth/login", {}, { anonymous: true }), { code: "invalid_credentials" });
  assert.equal(asked[1].headers["Idempotency-Key"], undefined);
});

test("a list is read with its pages", async () => {
  const { api, asked } = apiOver([json(200, [1, 2], { "X-Next-Cursor": "c1" }), json(200, [3])]);
  assert.deepEqual(await api.all("/projects"), [1, 2, 3]);
  assert.equal(asked[1].address, "/api/projects?limit=200&cursor=c1");
});

test("ids are UUIDs of version 4, also where randomUUID does not exist", () => {
  const own = Object.getOwnPropertyDescriptor(crypto, "randomUUID");
  Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
  const id = newId();
  if (own) Object.defineProperty(crypto, "randomUUID", own);
  else delete crypto.randomUUID;
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(newId(), /^[0-9a-f-]{36}$/);
});

test("without navigator.locks tasks still do not overlap", async () => {
  const notes = new Map();
  const storage = { getItem: (key) => notes.get(key) ?? null, setItem: (key, value) => void notes.set(key, value), removeItem: (key) => void notes.delete(key) };
  let inside = 0;
  let most = 0;
  const task = async () => {
    most = Math.max(most, (inside += 1));
    await new Promise((resolve) => setTimeout(resolve, 15));
    inside -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withLock("x", task, { storage })));
  assert.equal(most, 1);
  assert.equal(notes.size, 0);
});

test("of many tabs one is the first to ask for something, with locks and without", async () => {
  const held = new Set();
  const request = async (name, { ifAvailable }, task) => {
    assert.equal(ifAvailable, true);
    if (held.has(name)) return task(null);
    held.add(name);
    await task({ name });
    held.delete(name);
  };
  const notes = new Map();
  const storage = { getItem: (key) => notes.get(key) ?? null, setItem: (key, value) => notes.set(key, value) };
  for (const browser of [{ locks: { request } }, { storage }]) {
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => isFirst("bell", "7@100", 10, browser))), [true, false, false]);
    assert.equal(await isFirst("bell", "7@200", 10, browser), true);
  }
});

/** A sender over answers told beforehand. */
function senderOver(names, answers) {
  let items = names.map((name, index) => ({ id: `c${index}`, name, payload: {} }));
  const log = [];
  const remove = (item) => (items = items.filter((each) => each !== item));
  let live = true;
  const sender = createSender({
    next: async () => items[0] ?? null,
    live: () => live,
    send: async (item) => {
      log.push(`send ${item.id}`);
      const answer = answers.shift();
      if (answer === "gone") live = false;
      if (answer instanceof ApiError) throw answer;
      if (answer === "gone") throw new ApiError({ code: "network" });
      return answer;
    },
    onSettled: async (item) => void (log.push(`settled ${item.id}`), remove(item)),
    onRefused: async (item, error) => void (log.push(`${error.code} ${item.id}`), remove(item)),
    pause,
  });
  return { sender, log, back: () => (live = true) };
}

test("commands go one at a time, in order; an unknown outcome is asked again with the same id", async () => {
  const { sender, log } = senderOver(["timer:start", "timer:stop"], [new ApiError({ code: "unavailable" }), {}, {}]);
  await sender.run();
  assert.deepEqual(log, ["send c0", "send c0", "settled c0", "send c1", "settled c1"]);
});

test("what was under way when the connection went is sent again when it is back, and nothing overtakes it", async () => {
  const { sender, log, back } = senderOver(["timer:start", "timer:stop"], ["gone", {}, {}]);
  await sender.run();
  assert.deepEqual(log, ["send c0"]);
  back();
  await sender.run();
  assert.deepEqual(log.slice(1), ["send c0", "settled c0", "send c1", "settled c1"]);
});

test("a refusal is final and does not hold up the next", async () => {
  const { sender, log } = senderOver(["timer:stop", "timer:start"], [new ApiError({ code: "timer_not_running" }), {}]);
  await sender.run();
  assert.deepEqual(log, ["send c0", "timer_not_running c0", "send c1", "settled c1"]);
});

test("channels ask for a snapshot, apply what follows, and ask again on a gap", async () => {
  const asked = [];
  const answers = [
    { channel: "c", epoch: "a", seq: 1, recovered: false, events: [], snapshot: "s1" },
    { channel: "c", epoch: "a", seq: 4, recovered: true, events: [{ event: "e", seq: 3, data: 3 }, { event: "e", seq: 4, data: 4 }], snapshot: null },
  ];
  const channels = createChannels(async (name, payload) => (asked.push(payload), answers.shift()));
  const seen = [];
  channels.read("c", { onEvent: (name, data) => seen.push(data), onSnapshot: (snapshot) => seen.push(snapshot) });
  await new Promise(setImmediate);
  channels.receive("e", { channel: "c", epoch: "a", seq: 2, at: "", data: 2 });
  channels.receive("e", { channel: "c", epoch: "a", seq: 4, at: "", data: 4 });
  await new Promise(setImmediate);
  assert.deepEqual(seen, ["s1", 2, 3, 4]);
  assert.deepEqual(asked, [{ channel: "c" }, { channel: "c", epoch: "a", seq: 2 }]);
});

test("a reader may have its own way to ask, also after a new connection", async () => {
  const asked = [];
  const channels = createChannels(async () => assert.fail("not by channel:subscribe"));
  const ask = async (position) => {
    asked.push(position);
    return { channel: "room:7", epoch: "a", seq: 5, recovered: asked.length > 1, events: [], snapshot: "s" };
  };
  channels.read("room:7", { ask, onEvent: () => {}, onSnapshot: () => {} });
  await new Promise(setImmediate);
  channels.lost();
  channels.ready([]);
  await new Promise(setImmediate);
  assert.deepEqual(asked, [{}, { epoch: "a", seq: 5 }]);
});
