// What the scripts here share: the stock client, its events in the order they came, JSON lines out.

// Another release of the client, by the name of its package.
const { io } = await import(process.env.CLIENT ?? "socket.io-client");

const PATIENCE_MS = 10_000;

export function print(step, data) {
  console.log(JSON.stringify({ step, ...data }));
}

/** Sign in as a page does. → {token, cookie} */
export async function signIn(url, email, password) {
  const answer = await fetch(`${url}/api/auth/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  const { access_token: token } = await answer.json();
  const [cookie] = answer.headers.getSetCookie().filter((c) => c.startsWith("token="));
  return { token, cookie: cookie.split(";")[0] };
}

/** A connection with the options of `io`; `seen` has its events as {event, data}. */
export function connect(url, options) {
  const socket = io(url, { forceNew: true, reconnectionDelay: 50, ...options });
  // Releases before 4.6 have no promise for an ack.
  socket.emitWithAck ??= (event, data) => new Promise((done) => socket.emit(event, data, done));
  const seen = [];
  const waiting = new Set();
  socket.onAny((event, data) => {
    seen.push({ event, data });
    for (const look of waiting) look();
  });
  return { socket, seen, expect: (found) => expect(found, seen, waiting) };
}

/** The first event, come or to come, for which `found(event, data)` is true. */
function expect(found, seen, waiting) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`not come; seen: ${seen.map((s) => s.event)}`)),
      PATIENCE_MS,
    );
    const look = () => {
      const match = seen.find(({ event, data }) => found(event, data));
      if (!match) return;
      clearTimeout(late);
      waiting.delete(look);
      resolve(match.data);
    };
    waiting.add(look);
    look();
  });
}

/** Resolves when the socket (or the engine below it) emits `event`. */
export function once(emitter, event) {
  return new Promise((resolve) => emitter.once(event, resolve));
}

/** Resolves when a connection that began with polling has its websocket. */
export async function upgraded(socket) {
  if (socket.io.engine.transport.name === "polling") await once(socket.io.engine, "upgrade");
}
