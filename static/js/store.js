// @ts-check
/**
 * The one state of the page. Views read it, actions replace it; nobody changes it in place.
 *
 * @typedef {import("./domain/types.js").User} User
 * @typedef {import("./domain/types.js").Project} Project
 * @typedef {import("./domain/types.js").Entry} Entry
 * @typedef {{id: number, text: string, action: {label: string, run: () => void}|null, tone: "plain"|"bad"}} Toast
 * @typedef {{text: string, project_id: number|null, tags: string[]}} Draft
 * @typedef {{
 *   session: {status: "unknown"|"unreachable"|"out"|"in", user: User|null},
 *   route: import("./domain/routes.js").Route,
 *   connection: import("./domain/connection.js").Connection,
 *   day: import("./domain/types.js").Day|null,
 *   timer: import("./domain/timer.js").Timer,
 *   outbox: import("./domain/outbox.js").Outbox,
 *   draft: Draft,
 *   recent: Entry[],
 *   projects: Project[]|null,
 *   live: (import("./domain/projects.js").Live & {id: number, missing: boolean})|null,
 *   rooms: {mine: import("./domain/types.js").Room[], others: import("./domain/types.js").Room[]}|null,
 *   room: import("./actions/rooms.js").Here|null,
 *   signals: {sound: boolean, notify: boolean},
 *   toasts: Toast[], said: string, help: boolean, keys: boolean,
 * }} State
 */
import { newConnection } from "./domain/connection.js";
import { newOutbox } from "./domain/outbox.js";
import { newTimer } from "./domain/timer.js";

/** @returns {Pick<State, "day"|"timer"|"outbox"|"draft"|"recent"|"projects"|"live"|"rooms"|"room">} What belongs to one person. */
export function personal() {
  const here = { projects: null, live: null, rooms: null, room: null };
  return { day: null, timer: newTimer(), outbox: newOutbox(), draft: emptyDraft(), recent: [], ...here };
}

/** @returns {Draft} */
export function emptyDraft() {
  return { text: "", project_id: null, tags: [] };
}

/** @param {State["route"]} route @returns {State} */
export function initialState(route) {
  const page = { route, signals: { sound: false, notify: false }, toasts: [], said: "", help: false, keys: true };
  return { session: { status: "unknown", user: null }, connection: newConnection(), ...personal(), ...page };
}

/** @param {State} initial */
export function createStore(initial) {
  let state = initial;
  /** @type {Set<(state: State, before: State) => void>} */
  const listeners = new Set();
  return {
    get: () => state,
    /** @param {Partial<State>|((state: State) => Partial<State>)} change */
    set(change) {
      const before = state;
      state = { ...state, ...(typeof change === "function" ? change(state) : change) };
      for (const listener of listeners) listener(state, before);
    },
    /** @param {(state: State, before: State) => void} listener @returns {() => void} */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** @typedef {ReturnType<typeof createStore>} Store */
