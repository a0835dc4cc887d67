import assert from "node:assert/strict";
import { test } from "node:test";
import { actsOn, applyRoomEvent, lonely, memberIn, parted, rightsOf, roundMeant, sceneOf, slugIn, statusOf, withPeople, withRoom } from "../../static/js/domain/rooms.js";

const IDLE = { state: "idle", phase: null, cycle: 0, started_at: null, ends_at: null, remaining_s: null };
const WORK = { state: "running", phase: "work", cycle: 1, started_at: "2026-11-21T08:00:00.000Z", ends_at: "2026-11-21T08:25:00.000Z", remaining_s: null };
const member = (user_id, more = {}) => ({ user_id, username: `u${user_id}`, role: "member", status: null, intention: null, outcome: null, joined_at: "2026-11-21T08:00:00.000Z", ...more });
const small = (more = {}) => ({ id: 7, slug: "library-1", name: "Library", version: 1, owner_id: 1, host_id: 1, member_count: 2, visibility: "link", project_id: null, settings: {}, timer: IDLE, round: 0, created_at: "2026-11-21T08:00:00.000Z", ...more });
const snapshot = (more = {}) => ({ ...small(), members: [member(1, { role: "host" }), member(2)], messages: [], presence: null, ...more });
const message = (id, text = "hi") => ({ id, user: { id: 1, username: "u1" }, text, at: "2026-11-21T08:00:00.000Z" });

/** A room as a server keeps it: every act answers its events, and `snapshot` is what a newcomer is told. */
class Model {
  constructor() {
    this.room = small({ member_count: 1 });
    this.members = [member(1, { role: "host" })];
    this.meant = {};
    this.messages = [];
    this.last = 0;
  }

  snapshot() {
    const meant = this.meant[roundMeant(this.room)] ?? {};
    const members = this.members.map((each) => ({ ...each, role: each.user_id === this.room.host_id ? "host" : each.role, ...(meant[each.user_id] ?? {}) }));
    return structuredClone({ ...this.room, members, messages: this.messages.slice(-50), presence: null });
  }

  update(change, cause, more = {}) {
    this.room = { ...this.room, ...change, version: this.room.version + 1 };
    return ["room:updated", { room: structuredClone(this.room), cause, by: 1, user_id: null, role: null, ...more }];
  }

  do(act, who) {
    const is = this.members.find(({ user_id }) => user_id === who);
    const role = (user, to) => (this.members = this.members.map((each) => (each.user_id === user ? { ...each, role: to } : each)));
    switch (act) {
      case "join": {
        if (is) return [];
        const made = member(who);
        this.members.push(made);
        this.room = { ...this.room, member_count: this.room.member_count + 1 };
        return [["room:joined", { member: { ...made, ...(this.meant[roundMeant(this.room)]?.[who] ?? {}) } }]];
      }
      case "leave":
      case "kick": {
        if (!is || this.members.length === 1) return [];
        this.members = this.members.filter((each) => each !== is);
        this.room = { ...this.room, member_count: this.room.member_count - 1 };
        const kicked = act === "kick" ? [this.update({}, "kicked", { user_id: who })] : [];
        const host = this.room.host_id === who ? [this.update({ host_id: this.members[0].user_id }, "host_changed", { user_id: this.members[0].user_id })] : [];
        return [...kicked, ["room:left", { user_id: who }], ...host];
      }
      case "host": {
        if (!is || this.room.host_id === who) return [];
        role(this.room.host_id, "cohost");
        return [this.update({ host_id: who }, "host_changed", { user_id: who })];
      }
      case "cohost":
      case "member":
        if (!is || this.room.host_id === who) return [];
        role(who, act);
        return [this.update({}, "role_changed", { user_id: who, role: act })];
      case "start":
        return this.room.timer.phase ? [] : [this.update({ timer: WORK, round: this.room.round + 1 }, "started")];
      case "stop":
        return this.room.timer.phase ? [this.update({ timer: IDLE }, "stopped")] : [];
      case "say":
        if (!is) return [];
        this.messages.push(message((this.last += 1), `said ${this.last}`));
        return [["room:message", { message: this.messages.at(-1) }]];
      default: {
        const round = act === "intend" ? roundMeant(this.room) : this.room.round;
        if (!is || round === 0) return [];
        const before = this.meant[round]?.[who] ?? { intention: null, outcome: null };
        const after = act === "intend" ? { ...before, intention: `do ${this.last}` } : { ...before, outcome: "partly" };
        this.meant[round] = { ...this.meant[round], [who]: after };
        return [["room:intended", { user: { id: who, username: `u${who}` }, round, ...after }]];
      }
    }
  }
}

const seen = ({ room, members, messages, presence }) => ({ room, members, messages, presence });

test("a snapshot and all events after it are a fresh snapshot", () => {
  const acts = ["join", "join", "join", "leave", "kick", "host", "cohost", "member", "start", "start", "stop", "say", "intend", "intend", "outcome"];
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = generator(seed);
    const model = new Model();
    let scene = sceneOf(model.snapshot());
    for (let i = 0; i < 150; i += 1) {
      const act = acts[Math.floor(random() * acts.length)];
      for (const [name, data] of model.do(act, 1 + Math.floor(random() * 5))) scene = applyRoomEvent(scene, name, structuredClone(data));
      assert.deepEqual(seen(scene), seen(sceneOf(model.snapshot())), `seed ${seed}, step ${i}, ${act}`);
    }
  }
});

test("the answer to a command and its event come in any order", () => {
  const begun = small({ version: 2, timer: WORK, round: 1 });
  const event = (room, cause, more) => ["room:updated", { room, cause, by: 1, user_id: null, role: null, ...more }];
  let scene = withRoom(sceneOf(snapshot()), begun);
  assert.equal(scene.room.timer.phase, "work");
  scene = applyRoomEvent(scene, ...event(begun, "started"));
  assert.equal(withRoom(scene, small({ version: 1 })).room.version, 2);
  // An older event after a newer answer takes nothing back, but who is host and co-host by it stays right.
  scene = withRoom(scene, small({ version: 4, timer: WORK, round: 1, host_id: 1 }));
  scene = applyRoomEvent(scene, ...event(small({ version: 3, timer: WORK, round: 1, host_id: 2 }), "host_changed", { user_id: 2 }));
  assert.deepEqual([scene.room.host_id, memberIn(scene, 2).role, memberIn(scene, 1).role], [1, "cohost", "host"]);
});

test("an answer does not take back who came meanwhile", () => {
  const scene = applyRoomEvent(sceneOf(snapshot()), "room:joined", { member: member(3) });
  assert.equal(withRoom(scene, small({ version: 2, member_count: 2 })).room.member_count, 3);
});

test("what was meant in the round that ended stays for the question how it went", () => {
  const intended = (round, more) => ["room:intended", { user: { id: 2, username: "u2" }, intention: "write", outcome: null, round, ...more }];
  const updated = (more) => ["room:updated", { room: small(more), cause: "started", by: 1 }];
  const story = [intended(1), updated({ version: 2, timer: WORK, round: 1 }), updated({ version: 3, round: 1 }), intended(1, { outcome: "done" }), intended(2, { intention: "rest" })];
  const scene = story.reduce((before, event) => applyRoomEvent(before, ...event), sceneOf(snapshot()));
  assert.deepEqual(scene.past, { round: 1, meant: { 1: { intention: null, outcome: null }, 2: { intention: "write", outcome: "done" } } });
  assert.equal(memberIn(scene, 2).intention, "rest");
  assert.deepEqual(sceneOf(snapshot({ round: 1 }), scene).past, scene.past);
  assert.deepEqual(sceneOf(snapshot({ round: 2 }), scene).past, { round: 2, meant: {} });
});

test("an empty intention is none, and one of another round is nobody's business", () => {
  const event = (round, intention) => ["room:intended", { user: { id: 2, username: "u2" }, intention, outcome: null, round }];
  assert.equal(memberIn(applyRoomEvent(sceneOf(snapshot()), ...event(1, "")), 2).intention, null);
  assert.equal(memberIn(applyRoomEvent(sceneOf(snapshot()), ...event(9, "x")), 2).intention, null);
});

test("the last fifty messages are kept, each once", () => {
  let scene = sceneOf(snapshot());
  for (let id = 1; id <= 60; id += 1) for (let twice = 0; twice < 2; twice += 1) scene = applyRoomEvent(scene, "room:message", { message: message(id) });
  assert.deepEqual([scene.messages.length, scene.messages[0].id, scene.messages.at(-1).id], [50, 11, 60]);
});

test("presence: who is there and as what, unknown without a connection", () => {
  const user = (user_id, status) => ({ user_id, username: `u${user_id}`, status });
  let scene = sceneOf(snapshot({ presence: { users: [user(1, "active")], count: 1 } }));
  const statuses = () => scene.members.map((each) => statusOf(scene, each));
  assert.deepEqual(statuses(), ["active", "gone"]);
  scene = applyRoomEvent(scene, "presence:updated", { joined: [user(2, "away")], left: [], changed: [user(1, "focusing")], count: 2 });
  assert.deepEqual(statuses(), ["focusing", "away"]);
  scene = applyRoomEvent(scene, "presence:updated", { joined: [], left: [1], changed: [], count: 1 });
  assert.deepEqual(statuses(), ["gone", "away"]);
  assert.deepEqual(applyRoomEvent(scene, "presence:updated", { joined: [], left: [], changed: [], count: 201 }).presence, { count: 201, statuses: {} });
  scene = applyRoomEvent(scene, "presence:updated", { joined: [], left: [], changed: [], count: 201 });
  assert.deepEqual(statuses(), [null, null]);
  scene = lonely(scene);
  assert.deepEqual([scene.presence, ...statuses()], [null, null, null]);
  scene = withPeople(scene, { users: [user(2, "break")], count: 1 });
  assert.deepEqual(statuses(), ["gone", "break"]);
});

test("who controls, and what the menu of each member offers", () => {
  const room = snapshot({ owner_id: 1, host_id: 2, members: [member(1), member(2, { role: "host" }), member(3, { role: "cohost" }), member(4)] });
  const scene = sceneOf(room);
  assert.deepEqual([1, 2, 3, 4].map((id) => rightsOf(scene, id).controls), [false, true, true, false]);
  const menus = Object.fromEntries([1, 2, 3, 4].map((id) => [id, room.members.map((each) => actsOn(scene, id, each).join(" "))]));
  assert.deepEqual(menus[1], ["take", "kick", "demote transfer kick", "promote transfer kick"]); // the owner
  assert.deepEqual(menus[2], ["promote transfer", "", "demote transfer kick", "promote transfer kick"]); // the host
  assert.deepEqual(menus[3], ["", "", "", "kick"]); // a co-host
  assert.deepEqual(menus[4], ["", "", "", ""]);
  const there = (status) => sceneOf({ ...room, presence: { users: [{ user_id: 4, username: "u4", status }], count: 1 } });
  assert.deepEqual(["focusing", "away"].map((status) => actsOn(there(status), 4, room.members[3])), [["away", "hide"], ["back", "hide"]]);
  assert.deepEqual(actsOn(sceneOf({ ...room, presence: { users: [{ user_id: 1, username: "u1", status: "active" }], count: 1 } }), 4, room.members[3]), ["back"], "who hides");
});

test("the list: one's own first, then the others, those where something is on before the rest", () => {
  const rooms = [small({ id: 1, name: "B" }), small({ id: 2, name: "A" }), small({ id: 3, name: "C", timer: WORK, member_count: 1 }), small({ id: 4, name: "D" })];
  const { mine, others } = parted(rooms, [rooms[0], rooms[1], rooms[2]]);
  assert.deepEqual([mine.map(({ id }) => id), others.map(({ id }) => id)], [[3, 2, 1], [4]]);
});

test("a link is read whatever page it was copied from, and other text is none", () => {
  assert.equal(slugIn(" https://focus.example/rooms/library-0a1b2c3d4e5f6071 "), "library-0a1b2c3d4e5f6071");
  assert.equal(slugIn("library-0a1b2c3d4e5f6071"), "library-0a1b2c3d4e5f6071");
  assert.equal(slugIn("http://x/rooms/a-b/?from=mail"), "a-b");
  for (const bad of ["", "  ", "two words", "https://focus.example/projects/7"]) assert.equal(slugIn(bad), null);
});

function generator(seed) {
  let x = seed * 2654435761;
  return () => {
    x = (x * 1664525 + 1013904223) % 4294967296;
    return x / 4294967296;
  };
}
