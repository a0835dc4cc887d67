import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { endOf, expiryOf, scopesFor, tokenProblems } from "../../static/js/domain/api-tokens.js";
import { initialOf, middleOf, pictureAt, tintOf } from "../../static/js/domain/avatar.js";
import { criteriaText, readCriteria, singleOf } from "../../static/js/domain/criteria.js";
import { qrOf } from "../../static/js/domain/qr.js";
import { remainderOf } from "../../static/js/domain/reed-solomon.js";
import { routeOf } from "../../static/js/domain/routes.js";
import { currentPart } from "../../static/js/domain/sections.js";
import { uptimeParts } from "../../static/js/domain/uptime.js";
import { hostOf, possibleEvents, stateOf, webhookProblems, withEvents } from "../../static/js/domain/webhooks.js";
import { createApi } from "../../static/js/net/api.js";

const DAY = 86_400_000;
const OTPAUTH = "otpauth://totp/FocusHub:ada@example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=FocusHub&algorithm=SHA1&digits=6&period=30";

test("a QR code has the smallest size that holds the text, and none holds more than 666 bytes", () => {
  const sizes = [14, 15, 62, 63, 106, 107, 180, 181, 666].map((length) => qrOf("x".repeat(length)).length);
  assert.deepEqual(sizes, [21, 25, 33, 37, 41, 45, 53, 57, 97]);
  assert.equal(qrOf("x".repeat(667)), null);
  assert.equal(qrOf("ä".repeat(333)).length, 97);
});

test("a QR code is what other programs read back", () => {
  // As OpenCV read them when these digests were taken.
  const digest = (text) => createHash("sha256").update(qrOf(text).map((row) => row.map(Number).join("")).join("\n")).digest("hex").slice(0, 16);
  assert.deepEqual([OTPAUTH, "x".repeat(14), "y".repeat(106)].map(digest), ["126b47a6bf921b2b", "ca4e5f8669011ed0", "7a8f7e43035551bf"]);
});

test("three corners are marked, the fourth has a small square, and the margin lines alternate", () => {
  const modules = qrOf(OTPAUTH);
  const last = modules.length - 1;
  const line = (y, x) => Array.from({ length: 7 }, (_, i) => Number(modules[y][x + i])).join("");
  for (const [y, x] of [[0, 0], [0, last - 6], [last - 6, 0]]) assert.deepEqual([line(y, x), line(y + 1, x), line(y + 3, x)], ["1111111", "1000001", "1011101"]);
  assert.deepEqual([modules[last - 6][last - 6], modules[last - 6][last - 7], modules[last - 6][last - 8]], [true, false, true]);
  for (let i = 8; i < last - 7; i += 1) assert.deepEqual([modules[6][i], modules[i][6]], [i % 2 === 0, i % 2 === 0]);
});

test("what mends a block makes it divisible by every root", () => {
  const times = (a, b) => { let p = 0; for (; b; b >>= 1, a = a & 128 ? (a << 1) ^ 0x11d : a << 1) if (b & 1) p ^= a; return p; };
  const data = Uint8Array.from({ length: 40 }, (_, i) => (i * 37 + 11) % 256);
  const whole = [...data, ...remainderOf(data, 18)];
  for (let n = 0, root = 1; n < 18; n += 1, root = times(root, 2)) assert.equal(whole.reduce((sum, byte) => times(sum, root) ^ byte, 0), 0);
});

test("pictures of this server are asked for in the size they are shown in, others as they are", () => {
  assert.equal(pictureAt("/media/u7-abc/512.webp", 72), "/media/u7-abc/128.webp");
  assert.equal(pictureAt("https://cdn.example.org/media/u7-abc/512.webp", 72), "https://cdn.example.org/media/u7-abc/128.webp");
  assert.equal(pictureAt("/media/u7-abc/512.webp", 256), "/media/u7-abc/512.webp");
  assert.equal(pictureAt("https://example.org/me.jpg", 72), "https://example.org/me.jpg");
  assert.deepEqual([initialOf("ada"), initialOf(" 𝒵oe"), initialOf(""), tintOf(13)], ["A", "𝒵", "?", 1]);
  assert.deepEqual(middleOf(900, 300), { x: 300, y: 0, side: 300 });
});

test("tokens: what may be given, until when, and what is wanting", () => {
  assert.deepEqual([scopesFor(false).includes("admin"), scopesFor(true).includes("admin")], [false, true]);
  assert.deepEqual([expiryOf("", 0), expiryOf("7", 0)], [null, "1970-01-08T00:00:00.000Z"]);
  assert.deepEqual(tokenProblems({ name: " ", scopes: [] }), { name: "problem.name.empty", scopes: "problem.scopes.none" });
  assert.deepEqual([null, 8 * DAY, 6 * DAY, 0].map((at) => endOf(at === null ? null : new Date(at).toISOString(), 0)), ["never", "later", "soon", "over"]);
});

test("events of a webhook: all stands alone, and a project has fewer", () => {
  assert.deepEqual(withEvents(["timer:started"], ["entry:created"], true), ["timer:started", "entry:created"]);
  assert.deepEqual(withEvents(["timer:started", "entry:created"], ["timer:started"], false), ["entry:created"]);
  assert.deepEqual([withEvents(["timer:started"], ["*"], true), withEvents(["*"], ["*"], false), withEvents(["*"], ["timer:started"], true)], [["*"], [], ["timer:started"]]);
  assert.deepEqual(possibleEvents(["*", "timer:started", "streak:updated"], true), ["*", "timer:started"]);
});

test("webhooks: addresses, hosts, and how the sending goes", () => {
  const urlIn = (url) => webhookProblems({ url, events: ["*"] }).url ?? null;
  assert.deepEqual(["https://example.org/a", " http://x ", "ftp://x", "example.org", "https://u:p@x", ""].map(urlIn).map(Boolean), [false, false, true, true, true, true]);
  assert.equal(hostOf("https://example.org:8443/a"), "example.org:8443");
  const state = (fields) => stateOf({ active: true, failures: 0, disabled_reason: null, ...fields });
  assert.deepEqual([state({}), state({ failures: 2 }), state({ active: false }), state({ active: false, disabled_reason: "gone" })], ["on", "failing", "off", "stopped"]);
});

test("criteria are judged as the server judges them [B1]", () => {
  const places = (value) => readCriteria(JSON.stringify(value)).problems.map(({ place, key }) => `${place} ${key.split(".").at(-1)}`);
  const one = { metric: "entries", gte: 5 };
  assert.deepEqual(places(one), []);
  assert.deepEqual(places({ all: [one, { any: [one] }], any: [one] }), []);
  assert.deepEqual(places([]), ["criteria object"]);
  assert.deepEqual(places({}), ["criteria empty"]);
  assert.deepEqual(places({ ...one, extra: 1 }), ["criteria.extra unknown"]);
  assert.deepEqual(places({ ...one, gte: 0 }), ["criteria.gte gte"]);
  assert.deepEqual(places({ all: [{ metric: "tea", gte: 1.5 }] }), ["criteria.all[0].metric metric", "criteria.all[0].gte gte"]);
  assert.deepEqual(places({ any: [] }), ["criteria.any list"]);
  assert.deepEqual(places({ all: Array(11).fill({ all: [one, one] }) }), ["criteria many"]);
  const nested = (depth) => (depth === 0 ? one : { all: [nested(depth - 1)] });
  assert.deepEqual([places(nested(4)), places(nested(5))], [[], ["criteria.all[0].all[0].all[0].all[0].all deep"]]);
  assert.equal(readCriteria('{"metric":\n "entries",, }').problems[0].place.split(":")[0], "2");
});

test("criteria are written to be changed by hand, and one condition is a form", () => {
  assert.equal(criteriaText({ metric: "entries", gte: 5 }), '{"metric": "entries", "gte": 5}');
  assert.match(criteriaText({ any: [{ metric: "entries", gte: 5 }] }), /\n {4}\{\n/);
  assert.deepEqual([singleOf({ metric: "entries", gte: 5 }), singleOf({ all: [] })], [{ metric: "entries", gte: 5 }, null]);
});

test("the part one reads is the last that has begun, and at the end the last", () => {
  const parts = [{ id: "a", top: -300 }, { id: "b", top: 90 }, { id: "c", top: 600 }];
  assert.deepEqual([currentPart(parts, 120, false), currentPart(parts, 80, false), currentPart(parts, -400, false), currentPart(parts, 120, true)], ["b", "a", "a", "c"]);
});

test("addresses of the administration", () => {
  const of = (path) => { const { name, code, id } = routeOf(path); return [name, code, id]; };
  assert.deepEqual([of("/admin"), of("/admin/server"), of("/admin/users/12")], [["admin", "users", 0], ["admin", "server", 0], ["admin", "users", 12]]);
  assert.deepEqual([of("/admin/log/3")[0], of("/admin/users/x")[0], of("/admin/users/1/2")[0]], ["unknown", "unknown", "unknown"]);
  assert.deepEqual(uptimeParts(93_784), { days: 1, hours: 2, minutes: 3 });
});

test("a file is sent as it is with its type; of a form the browser says the type itself", async () => {
  const sent = [];
  const fetch = async (_, { headers, body }) => (sent.push([headers["Content-Type"] ?? null, body]), new Response(null, { status: 204 }));
  const api = createApi({ renew: async () => true, fetch });
  const [file, form] = [new Blob(["{}"], { type: "application/json" }), new FormData()];
  await api.post("/a", file);
  await api.put("/b", form);
  await api.post("/c", { d: 1 });
  assert.deepEqual(sent.map(([type]) => type), ["application/json", null, "application/json"]);
  assert.ok(sent[0][1] === file && sent[1][1] === form && sent[2][1] === '{"d":1}');
});
