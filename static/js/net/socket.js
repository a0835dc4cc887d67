// @ts-check
/**
 * The Socket.IO connection: opens it, keeps it, and says honestly how it stands. What to do is decided in
 * `domain/connection.js`; this file does it.
 */
import { jump } from "../domain/clock.js";
import { newConnection, step } from "../domain/connection.js";
import { afterFailure, WAYS } from "../domain/ways.js";
import { ApiError } from "./api-error.js";

const ACK_MS = 8000;
const WATCH_MS = 10_000;

/**
 * @typedef {{
 *   onChange: (connection: import("../domain/connection.js").Connection) => void,
 *   onEvent: (name: string, data: any) => void, onLost: () => void,
 *   probe: () => Promise<void>, renew: () => Promise<boolean>,
 * }} Around  `probe` asks something of the server and rejects if no answer comes.
 */

/** @param {Around} around */
export function createSocket(around) {
  let state = newConnection();
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let waiting;
  /** The library's, which comes after the page: to draw it, none is needed. @type {any} */
  let socket = null;
  /** @type {Promise<void>|null} */
  let coming = null;
  /** @type {import("../domain/ways.js").Way} */
  let way = "direct";

  /** @param {import("../domain/connection.js").Message} message */
  function tell(message) {
    const next = step(state, message, Math.random());
    state = next.state;
    around.onChange(state);
    for (const effect of next.effects) perform(effect);
  }

  /** @param {import("../domain/connection.js").Effect} effect */
  function perform(effect) {
    clearTimeout(waiting);
    if (effect.do === "open") open();
    else if (effect.do === "close") socket?.disconnect();
    else if (effect.do === "wait") waiting = setTimeout(open, effect.ms);
    else if (effect.do === "refresh") around.renew().then((goesOn) => goesOn && tell({ is: "refreshed" }), () => tell({ is: "refresh failed" }));
    else if (effect.do === "probe") probe();
  }

  /** Fetches the library, once; after a failure a later call tries again. @returns {Promise<void>} */
  function prepare() {
    coming ??= import("../../vendor/socket.io.esm.min.js").then(({ io }) => {
      // Reconnecting is ours: the library does not come back from a refusal, and does not know of renewed tokens.
      socket = io({ withCredentials: true, reconnection: false, autoConnect: false });
      listen();
    });
    coming.catch(() => (coming = null));
    return coming;
  }

  function open() {
    prepare().then(
      () => state.phase !== "signed_out" && !socket.connected && connect(),
      () => tell({ is: "refused", code: "network" }),
    );
  }

  function connect() {
    const { transports, timeout } = WAYS[way];
    socket.io.opts.transports = transports;
    socket.io.timeout(timeout);
    socket.connect();
  }

  function probe() {
    around.probe().catch(() => {
      if (socket?.connected) socket.io.engine?.close(); // half dead: the other end does not answer
    });
  }

  function listen() {
    socket.on("connect_error", (/** @type {any} */ error) => {
      socket.disconnect(); // forget the half-open attempt, whatever it was
      const next = afterFailure(way, error.data?.code);
      way = next.way;
      if (next.again) open();
      else tell({ is: "refused", code: error.data?.code ?? "network" });
    });
    socket.on("disconnect", () => {
      around.onLost();
      if (state.phase !== "signed_out") tell({ is: "dropped" });
    });
    socket.onAny((/** @type {string} */ name, /** @type {any} */ data) => {
      if (name === "connection:ready") tell({ is: "ready" });
      if (name === "connection:closing") tell({ is: "closing", reconnect: Boolean(data?.reconnect) });
      around.onEvent(name, data);
    });
  }

  watch(tell);

  return {
    prepare,
    start: () => tell({ is: "start" }),
    signedOut: () => tell({ is: "signed out" }),
    tryAgain: () => tell({ is: "try again" }),
    live: () => state.phase === "live" && Boolean(socket?.connected),
    /**
     * Sends one event and waits for its ack. Rejects with the ack's error, or with code `network` when none came.
     * @param {string} name
     * @param {any} payload
     * @param {number} [ms]
     * @returns {Promise<any>}
     */
    request(name, payload, ms = ACK_MS) {
      if (!socket?.connected) return Promise.reject(new ApiError({ code: "network" }));
      return new Promise((resolve, reject) => {
        socket.timeout(ms).emit(name, payload, (/** @type {any} */ lost, /** @type {any} */ ack) => {
          if (lost || !ack) reject(new ApiError({ code: "network" }));
          else if (ack.ok) resolve(ack.data);
          else reject(new ApiError(ack.error ?? { code: "internal" }));
        });
      });
    },
  };
}

/** @typedef {ReturnType<typeof createSocket>} Socket */

/** What the browser notices: sleep, a page brought back, the network. @param {(message: any) => void} tell */
function watch(tell) {
  const sight = () => ({ wall: Date.now(), steady: performance.now() });
  let last = sight();
  setInterval(() => {
    const now = sight();
    if (jump(last, now, WATCH_MS)) tell({ is: "woke" });
    last = now;
  }, WATCH_MS);
  addEventListener("online", () => tell({ is: "network" }));
  addEventListener("offline", () => tell({ is: "no network" }));
  addEventListener("pageshow", (event) => event.persisted && tell({ is: "woke" }));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tell({ is: "woke" }));
}
