// node room_clocks.mjs PLAN
// PLAN is a JSON file: {slug, channel, settings, pages: [{url, token, skew_ms}]}. Each page is a stock client with the
// clock and the room of the web client's own modules; its machine's clock is wrong by `skew_ms`. The first one hosts,
// half of them come while the first phase runs. All are looked at at the same instants, over two ends of a phase.

import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { leftAt, shownAt } from "../../static/js/domain/room-timer.js";
import { applyRoomEvent, sceneOf, withPeople } from "../../static/js/domain/rooms.js";
import { createChannels } from "../../static/js/net/channels.js";
import { createMeasuredClock } from "../../static/js/net/measured-clock.js";
import { connect, print } from "./client.mjs";

const EVERY_MS = 40;
const LATE_MS = 1500; // after the start the second half comes
const AFTER_MS = 1500; // for so long it goes on after the second end
const CALM_MS = 2500; // after the end of a phase, presence has been told

const { slug, channel, settings, pages: planned } = JSON.parse(await readFile(process.argv[2], "utf8"));

/** A page that goes into the room; `inside` resolves when it shows it by a measured clock. */
function open({ url, token, skew_ms }) {
  const { socket, expect } = connect(url, { auth: { token }, transports: ["websocket"] });
  const page = { socket, expect, scene: null, heard: [], looks: 0 };
  page.request = async (name, payload, ms = 8000) => {
    for (;;) {
      const ack = await socket.timeout(ms).emitWithAck(name, payload);
      if (ack.ok) return ack.data;
      // Fifty at once may be more than a busy machine reads in time; it is safe to ask again.
      if (ack.error.code !== "unavailable") throw new Error(`${name}: ${ack.error.code}`);
      await pause(200);
    }
  };
  page.clock = createMeasuredClock(page.request, () => Date.now() + skew_ms);
  const channels = createChannels(page.request);
  page.inside = new Promise((resolve, reject) => {
    socket.on("connect_error", reject);
    socket.onAny((name, data) => {
      page.heard.push({ name, at: Date.now(), channel: data?.channel });
      if (name !== "connection:ready") return channels.receive(name, data);
      page.clock.hint(data.server_time);
      const entered = new Promise((shown) => {
        channels.read(channel, {
          ask: (position) => page.request("room:join", { room: slug, ...position }),
          onSnapshot: (snapshot) => shown((page.scene = sceneOf(snapshot, page.scene))),
          onPresence: (presence) => (page.scene &&= withPeople(page.scene, presence)),
          onEvent: (event, told) => (page.scene &&= applyRoomEvent(page.scene, event, told)),
          onEnded: (code) => reject(new Error(code)),
        });
      });
      Promise.all([entered, page.clock.measure()]).then(resolve, reject);
    });
  });
  return page;
}

/** The phases as the settings and the start say, on the real clock. */
function phasesFrom(startedAt) {
  const lengths = { work: settings.work_s * 1000, short_break: settings.short_break_s * 1000 };
  let from = startedAt;
  return ["work", "short_break", "work"].map((phase) => {
    const to = from + lengths[phase];
    const one = { phase, from, to };
    from = to;
    return one;
  });
}

const half = Math.ceil(planned.length / 2);
const pages = planned.slice(0, half).map(open);
await Promise.all(pages.map(({ inside }) => inside));
const [host] = pages;
const { room } = await host.request("room:start", { room: slug });
const phases = phasesFrom(Date.parse(room.timer.started_at));
await Promise.all(pages.map(({ expect }) => expect((event) => event === "room:updated")));

const late = pause(phases[0].from + LATE_MS - Date.now()).then(() => {
  for (const one of planned.slice(half)) pages.push(open(one));
  return Promise.all(pages.map(({ inside }) => inside));
});

const off = []; // by how much what a page shows is off the real time that is left
const apart = []; // by how much what two pages show differs
let astray = 0; // the longest before or after an end of a phase at which a page showed the other phase
for (let now = Date.now(); now < phases[2].from + AFTER_MS; now = Date.now()) {
  look(now);
  await pause(EVERY_MS);
}
const enteredAll = await late;

function look(now) {
  const real = phases.find(({ to }) => now < to);
  const errors = [];
  for (const page of pages) {
    if (!page.scene) continue;
    page.looks += 1;
    const server = page.clock.now();
    const shown = shownAt(page.scene.room, server);
    if (shown.phase === real.phase && shown.state === "running") errors.push(leftAt(shown, server) - (real.to - now));
    else astray = Math.max(astray, Math.min(...phases.flatMap(({ from, to }) => [Math.abs(now - from), Math.abs(now - to)])));
  }
  off.push(...errors.map(Math.abs));
  errors.forEach((a, i) => errors.slice(i + 1).forEach((b) => apart.push(Math.abs(a - b))));
}

function p95(numbers) {
  return numbers.sort((a, b) => a - b)[Math.ceil(numbers.length * 0.95) - 1];
}

/** event → how often it was heard. */
function counted(heard) {
  const counts = {};
  for (const { name } of heard) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

print("shown", {
  pages: enteredAll.length,
  fewest_looks: Math.min(...pages.map(({ looks }) => looks)),
  off_p95_ms: p95(off),
  apart_p95_ms: p95(apart),
  astray_ms: astray,
  told: pages.map(({ scene }) => [scene.room.timer.phase, scene.room.timer.cycle, scene.room.version]),
});
const calm = ({ at, channel: on }) => on === channel && at > phases[1].from + CALM_MS && at < phases[1].to;
print("heard", {
  early: pages.slice(0, half).map(({ heard }) => counted(heard)),
  late: pages.slice(half).map(({ heard }) => counted(heard)),
  calm: counted(pages.flatMap(({ heard }) => heard.filter(calm))),
});
process.exit(0); // the clocks would be measured for ever
