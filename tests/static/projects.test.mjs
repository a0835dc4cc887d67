import assert from "node:assert/strict";
import { test } from "node:test";
import { applyProjectEvent, may, merged, runningIn, trackable, withProject } from "../../static/js/domain/projects.js";

const project = { id: 7, name: "Site", role: "owner", archived_at: null, members: [{ user_id: 1, username: "ada", role: "owner" }] };
const entry = (id, more = {}) => ({ id, user_id: 1, project_id: 7, started_at: `2026-11-21T08:00:0${id}.000Z`, ended_at: null, version: 1, ...more });
const user = { id: 1, username: "ada" };
const story = (...events) => events.reduce((live, [name, data]) => applyProjectEvent(live, name, data), { project, running: [] });

test("who tracks now: starts, changes and stops, in any order of versions", () => {
  const live = story(
    ["timer:started", { entry: entry(1), user }],
    ["timer:updated", { entry: entry(1, { version: 3, description: "new" }), user }],
    ["timer:updated", { entry: entry(1, { version: 2, description: "old" }), user }],
    ["timer:started", { entry: entry(2), user }],
    ["timer:stopped", { entry: entry(2, { ended_at: "2026-11-21T09:00:00.000Z" }), user }],
  );
  assert.deepEqual(live.running.map(({ id, description, user: who }) => [id, description, who.username]), [[1, "new", "ada"]]);
});

test("an entry that leaves the project is discarded there, with nothing but its id", () => {
  assert.deepEqual(story(["timer:started", { entry: entry(1), user }], ["timer:discarded", { entry: { id: 1 } }]).running, []);
});

test("members come, change and go; with them goes their timer", () => {
  const mira = { user_id: 2, username: "mira", role: "viewer" };
  let live = story(["member:joined", { member: mira }], ["member:joined", { member: mira }], ["member:updated", { member: { ...mira, role: "admin" } }]);
  assert.deepEqual(live.project.members.map(({ role }) => role), ["owner", "admin"]);
  live = applyProjectEvent({ ...live, running: [entry(5, { user_id: 2 })] }, "member:left", { user_id: 2 });
  assert.deepEqual([live.project.members.length, live.running.length], [1, 0]);
});

test("an event does not know one's own role, so it does not take it away", () => {
  const live = story(["project:updated", { project: { id: 7, name: "New", role: null } }]);
  assert.deepEqual([live.project.name, live.project.role, live.project.members.length], ["New", "owner", 1]);
  assert.equal(merged(null, { id: 1, name: "x" }).role, null);
});

test("the list is in the order of names", () => {
  assert.deepEqual(withProject([project], { id: 8, name: "Alpha", role: "viewer", members: [] }).map(({ id }) => id), [8, 7]);
});

test("time is tracked where one contributes, and not in an archive", () => {
  const all = [project, { ...project, id: 8, role: "viewer" }, { ...project, id: 9, archived_at: "2026-01-01T00:00:00.000Z" }, { ...project, id: 10, role: null }];
  assert.deepEqual(trackable(all).map(({ id }) => id), [7]);
  assert.deepEqual(trackable(null), []);
});

test("what each role may do", () => {
  const table = { viewer: ["read"], contributor: ["read", "track"], admin: ["read", "track", "edit", "invite", "manage"], owner: ["read", "track", "edit", "invite", "manage", "delete", "transfer"] };
  for (const [role, acts] of Object.entries(table)) for (const act of table.owner) assert.equal(may(role, act), acts.includes(act), `${role} ${act}`);
  assert.equal(may(null, "read"), false);
});

test("a snapshot tells who tracks in either shape, the longest first", () => {
  const rows = runningIn([{ ...entry(2), user }, { entry: entry(1), user }]);
  assert.deepEqual(rows.map(({ id, user: who }) => [id, who.username]), [[1, "ada"], [2, "ada"]]);
});
