// node room_replay.mjs STORIES
// STORIES is a JSON file: [[{events: [[name, data], …], fresh}, …], …], each story recorded from a room's channel. The
// web client's own reducer must make of the first snapshot and all events what every later snapshot says.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { applyRoomEvent, sceneOf } from "../../static/js/domain/rooms.js";
import { print } from "./client.mjs";

/** What is durable: who is there, and as what, is told by other events. */
const durable = ({ room, members, messages }) => ({ room, messages, members: members.map(({ status: _, ...member }) => member) });

const stories = JSON.parse(await readFile(process.argv[2], "utf8"));
let events = 0;
for (const [{ fresh: first }, ...steps] of stories) {
  let scene = sceneOf(first);
  for (const step of steps) {
    for (const [name, data] of step.events) scene = applyRoomEvent(scene, name, data);
    events += step.events.length;
    assert.deepEqual(durable(scene), durable(sceneOf(step.fresh)), `after ${step.events.map(([name, { cause }]) => cause ?? name)}`);
  }
}
print("replayed", { stories: stories.length, events });
