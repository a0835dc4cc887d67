// By which way the page connects.
import assert from "node:assert/strict";
import { test } from "node:test";
import { afterFailure, WAYS } from "../../static/js/domain/ways.js";

test("a websocket is tried first, then long-polling at once, and after both have failed it is as before", () => {
  assert.deepEqual(WAYS.direct.transports, ["websocket"]);
  const second = afterFailure("direct", undefined);
  assert.deepEqual(second, { way: "around", again: true });
  assert.deepEqual(WAYS[second.way].transports, ["polling", "websocket"]);
  assert.deepEqual(afterFailure(second.way, undefined), { way: "direct", again: false });
});

test("a refusal of the server says nothing against the way", () => {
  for (const way of ["direct", "around"]) assert.deepEqual(afterFailure(way, "unauthenticated"), { way, again: false });
});
