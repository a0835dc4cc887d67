// @ts-check
/**
 * When to connect, to wait and to give up. Pure: chance is an argument, and so is what the browser says.
 *
 * connecting ─ready→ live ─dropped→ reconnecting ─(three failures, or no network)→ offline ─ready→ live
 * Anything ─signed out→ signed_out. A server that says "do not come back" gives `halted`: only a person tries again.
 *
 * @typedef {"idle"|"connecting"|"live"|"reconnecting"|"offline"|"signed_out"} Phase
 * @typedef {{phase: Phase, failures: number, halted: boolean, wasLive: boolean}} Connection
 * @typedef {{do: "open"}|{do: "close"}|{do: "wait", ms: number}|{do: "refresh"}|{do: "probe"}} Effect
 * @typedef {{is: "start"}|{is: "ready"}|{is: "dropped"}|{is: "refused", code: string}|{is: "refreshed"}
 *   |{is: "refresh failed"}|{is: "closing", reconnect: boolean}|{is: "no network"}|{is: "network"}|{is: "woke"}
 *   |{is: "try again"}|{is: "signed out"}} Message
 */

const PATIENCE = 3;

/** @returns {Connection} */
export function newConnection() {
  return { phase: "idle", failures: 0, halted: false, wasLive: false };
}

/**
 * @param {Connection} state
 * @param {Message} message
 * @param {number} chance  in [0, 1): spreads the clients of a server that comes back
 * @returns {{state: Connection, effects: Effect[]}}
 */
export function step(state, message, chance) {
  if (message.is === "start") return { state: { ...newConnection(), phase: "connecting" }, effects: [{ do: "open" }] };
  if (message.is === "signed out") return { state: { ...newConnection(), phase: "signed_out" }, effects: [{ do: "close" }] };
  if (state.phase === "signed_out" || state.phase === "idle") return { state, effects: [] };
  const live = state.phase === "live";
  switch (message.is) {
    case "ready":
      return { state: { phase: "live", failures: 0, halted: false, wasLive: true }, effects: [] };
    case "closing":
      return { state: { ...state, halted: !message.reconnect }, effects: [] };
    case "dropped":
      // A login that has ended shows itself when it is renewed, so ask before staying away.
      if (state.halted) return { state: { ...state, phase: "offline" }, effects: [{ do: "refresh" }] };
      return failed(state, chance);
    case "refused":
      if (message.code === "unauthenticated") return { state: { ...state, phase: away(state) }, effects: [{ do: "refresh" }] };
      return failed(state, chance);
    case "refreshed":
      if (live || state.halted) return { state, effects: [] };
      // Refused again with a new token: wait, or two machines would spin.
      return state.failures > 0 ? failed(state, chance) : { state: { ...state, failures: 1 }, effects: [{ do: "open" }] };
    case "refresh failed":
      return live || state.halted ? { state, effects: [] } : failed(state, chance);
    case "no network":
      return live ? { state, effects: [{ do: "probe" }] } : { state: { ...state, phase: "offline" }, effects: [] };
    case "network":
    case "woke":
      if (live) return { state, effects: [{ do: "probe" }] };
      return state.halted ? { state, effects: [] } : { state, effects: [{ do: "open" }] };
    case "try again":
      return live ? { state, effects: [] } : { state: { ...state, halted: false, failures: 0 }, effects: [{ do: "open" }] };
  }
}

/** @param {Connection} state @param {number} chance @returns {{state: Connection, effects: Effect[]}} */
function failed(state, chance) {
  const failures = state.failures + 1;
  const ms = Math.round(Math.min(10_000, 400 * 2 ** state.failures) * (0.5 + chance / 2));
  return { state: { ...state, failures, phase: away({ ...state, failures }) }, effects: [{ do: "wait", ms }] };
}

/** @param {Connection} state @returns {Phase} */
function away({ failures, wasLive, phase }) {
  if (failures >= PATIENCE || phase === "offline") return "offline";
  return wasLive ? "reconnecting" : "connecting";
}
