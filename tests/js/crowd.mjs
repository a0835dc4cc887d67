// node crowd.mjs URL TOKEN COUNT TRANSPORTS
// COUNT connections of one person, with the transports named or the client's default ("default").
// Each starts a timer, one after the other, and all must hear of all.

import { connect, once, print, upgraded } from "./client.mjs";

const [url, token, count, transports] = process.argv.slice(2);
const options = { auth: { token }, ...(transports === "default" ? {} : { transports: [transports] }) };
let errors = 0;

const crowd = await Promise.all(
  Array.from({ length: Number(count) }, async () => {
    const one = connect(url, options);
    one.socket.on("connect_error", () => (errors += 1));
    one.socket.on("disconnect", (reason) => reason.startsWith("io client") || (errors += 1));
    await once(one.socket, "connect");
    if (transports === "default") await upgraded(one.socket);
    await one.expect((event) => event === "connection:ready");
    return one;
  }),
);
const workers = crowd.map(({ socket }) => socket.io.engine.id.split("-")[0]);
print("connected", { workers, names: crowd.map(({ socket }) => socket.io.engine.transport.name) });

const entries = [];
for (const [number, { socket }] of crowd.entries()) {
  const ack = await socket.emitWithAck("timer:start", { description: `n${number}` });
  entries.push(ack.data.entry_id);
}
for (const { expect } of crowd) {
  const last = entries.at(-1);
  await expect((event, data) => event === "timer:started" && data.data.entry.id === last);
}
const heard = crowd.map(({ seen }) =>
  seen.filter((s) => s.event === "timer:started").map((s) => s.data.data.entry.id),
);
print("heard", { entries, heard, errors });
for (const { socket } of crowd) socket.disconnect();
