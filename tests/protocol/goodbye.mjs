// How the stock client takes it that its server sends it away. Arguments: url, token.

import { connect, once, print } from "../js/client.mjs";

const [url, token] = process.argv.slice(2);
const { socket } = connect(url, { auth: { token }, transports: ["websocket"] });
await once(socket, "connect");
print("there", {});
const reason = await once(socket, "disconnect");
// "Whether the socket will automatically try to reconnect."
print("gone", { reason, active: socket.active });
socket.disconnect();
