// node session.mjs URL EMAIL PASSWORD token|cookie
// A day with the stock client: sign in, connect, start, lose the connection, recover by seq, stop.

import { randomUUID } from "node:crypto";
import { connect, once, print, signIn, upgraded } from "./client.mjs";

const [url, email, password, way] = process.argv.slice(2);
const { token, cookie } = await signIn(url, email, password);
const identity = way === "cookie" ? { extraHeaders: { Cookie: cookie } } : { auth: { token } };
const { socket, seen, expect } = connect(url, identity);

await once(socket.io, "open");
const before = socket.io.engine.transport.name;
await once(socket, "connect");
await upgraded(socket);
const ready = await expect((event) => event === "connection:ready");
print("ready", { first: seen[0].event, ready, before, after: socket.io.engine.transport.name });

const channel = ready.channels[0].channel;
const start = { command_id: randomUUID(), description: "from node" };
const started = await socket.emitWithAck("timer:start", start);
const heard = await expect((event) => event === "timer:started");
print("started", { ack: started, event: heard });
print("again", { ack: await socket.emitWithAck("timer:start", start) });

// The network goes. What happens meanwhile is missed, and asked for by the last seq.
const mine = { channel, epoch: heard.epoch, seq: heard.seq };
const gone = once(socket, "disconnect");
socket.io.engine.transport.ws.terminate();
print("gone", { reason: await gone });
const missed = await fetch(`${url}/api/time-entries/${started.data.entry_id}/end`, {
  method: "PUT",
  headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
  body: "{}",
});
await once(socket, "connect");
const recovered = await socket.emitWithAck("channel:subscribe", mine);
print("recovered", { missed: missed.status, ack: recovered, mine });

await socket.emitWithAck("timer:start", { description: "second" });
const stopped = await socket.emitWithAck("timer:stop", {});
const last = await expect((event, data) => event === "timer:stopped" && data.seq > recovered.data.seq);
print("stopped", { ack: stopped, event: last });
print("refused", { ack: await socket.emitWithAck("timer:stop", {}) });
print("all", { seen: seen.map(({ event, data: { channel, seq } }) => ({ event, channel, seq })) });
socket.disconnect();
