// @ts-check
/**
 * The reader's rule of a channel: ignore a `seq` that one has, apply the next, and on a gap or on a beat ahead
 * subscribe again from where one is. Pure: every message gives the next state and what is to be done.
 *
 * @typedef {{event: string, epoch?: string, seq: number|null, at?: string, data: any}} ChannelEvent
 * @typedef {{channel: string, epoch: string, seq: number, recovered: boolean, events: ChannelEvent[], snapshot: any, presence?: any}} Answer
 * @typedef {{name: string, epoch: string|null, seq: number, status: "idle"|"asking"|"live"|"closed", held: ChannelEvent[]}} Channel
 * @typedef {{do: "ask", channel: string, epoch: string|null, seq: number}
 *   | {do: "apply", channel: string, event: ChannelEvent}
 *   | {do: "replace", channel: string, snapshot: any}
 *   | {do: "present", channel: string, presence: any}
 *   | {do: "retry", channel: string}
 *   | {do: "ended", channel: string, code: string}} Effect
 * @typedef {{state: Channel, effects: Effect[]}} Step
 */

const MAX_HELD = 500;
/** Refusals that trying again does not mend. */
const ENDS = new Set(["forbidden", "not_found", "room_full", "room_closed"]);

/**
 * @param {string} name
 * @returns {Channel}
 */
export function newChannel(name) {
  return { name, epoch: null, seq: 0, status: "idle", held: [] };
}

/**
 * Subscribe, or check the position: both are the same question.
 * @param {Channel} state
 * @returns {Step}
 */
export function ask(state) {
  if (state.status === "asking" || state.status === "closed") return { state, effects: [] };
  return {
    state: { ...state, status: "asking" },
    effects: [{ do: "ask", channel: state.name, epoch: state.epoch, seq: state.seq }],
  };
}

/**
 * The connection says where it has joined this channel. At the same position there is nothing to ask.
 * @param {Channel} state
 * @param {string} epoch
 * @param {number} seq
 * @returns {Step}
 */
export function joined(state, epoch, seq) {
  if (state.epoch === epoch && state.seq === seq) return { state: { ...state, status: "live" }, effects: [] };
  return ask(state);
}

/**
 * @param {Channel} state
 * @param {Answer} answer
 * @returns {Step}
 */
export function answered(state, answer) {
  if (state.status !== "asking") return { state, effects: [] };
  const recovered = answer.recovered && answer.epoch === state.epoch;
  /** @type {Effect[]} */
  const effects = [];
  if (recovered) {
    // Who is there has no log: it is told anew, as a snapshot would.
    if (answer.presence !== undefined) effects.push({ do: "present", channel: state.name, presence: answer.presence });
    for (const event of answer.events) {
      if (event.seq !== null && event.seq > state.seq) effects.push({ do: "apply", channel: state.name, event });
    }
  } else {
    effects.push({ do: "replace", channel: state.name, snapshot: answer.snapshot });
  }
  /** @type {Step} */
  let step = { state: { ...state, status: "live", epoch: answer.epoch, seq: answer.seq, held: [] }, effects };
  for (const event of state.held) {
    if (event.epoch !== answer.epoch) continue; // of a history that the answer has replaced
    const next = received(step.state, event);
    step = { state: next.state, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

/**
 * @param {Channel} state
 * @param {ChannelEvent} event
 * @returns {Step}
 */
export function received(state, event) {
  if (state.status === "closed") return { state, effects: [] };
  const apply = /** @type {Effect} */ ({ do: "apply", channel: state.name, event });
  if (event.seq === null) return { state, effects: [apply] };
  if (state.status === "asking") return { state: { ...state, held: [...state.held, event].slice(-MAX_HELD) }, effects: [] };
  if (state.status === "idle" || event.epoch !== state.epoch) return ask(state);
  if (event.seq <= state.seq) return { state, effects: [] };
  if (event.seq === state.seq + 1) return { state: { ...state, seq: event.seq }, effects: [apply] };
  return ask(state);
}

/**
 * @param {Channel} state
 * @param {string} epoch
 * @param {number} seq
 * @returns {Step}
 */
export function beat(state, epoch, seq) {
  if (state.status !== "live") return { state, effects: [] };
  return epoch !== state.epoch || seq > state.seq ? ask(state) : { state, effects: [] };
}

/**
 * The connection is gone; the position stays.
 * @param {Channel} state
 * @returns {Step}
 */
export function lost(state) {
  return { state: state.status === "closed" ? state : { ...state, status: "idle", held: [] }, effects: [] };
}

/**
 * The question was refused, or not answered in time.
 * @param {Channel} state
 * @param {string} code
 * @returns {Step}
 */
export function refused(state, code) {
  if (state.status !== "asking") return { state, effects: [] };
  if (ENDS.has(code)) return closed(state, code);
  const retry = /** @type {Effect} */ ({ do: "retry", channel: state.name });
  return { state: { ...state, status: "idle", held: [] }, effects: code === "disconnected" ? [] : [retry] };
}

/**
 * The right to read has ended.
 * @param {Channel} state
 * @param {string} code
 * @returns {Step}
 */
export function closed(state, code) {
  return { state: { ...state, status: "closed", held: [] }, effects: [{ do: "ended", channel: state.name, code }] };
}
