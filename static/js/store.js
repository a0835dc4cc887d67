// @ts-check
/**
 * The one state of the page. Views read it, actions replace it; nobody changes it in place.
 *
 * @typedef {import("./domain/types.js").User} User
 * @typedef {import("./domain/types.js").Project} Project
 * @typedef {import("./domain/types.js").Entry} Entry
 * @typedef {{id: number, text: string, action: {label: string, run: () => void}|null, tone: "plain"|"bad"|"badge", badges?: import("./domain/badges.js").Badge[]}} Toast
 * @typedef {{text: string, project_id: number|null, tags: string[]}} Draft
 * @typedef {{
 *   session: {status: "unknown"|"unreachable"|"out"|"in", user: User|null},
 *   route: import("./domain/routes.js").Route,
 *   connection: import("./domain/connection.js").Connection,
 *   day: import("./domain/types.js").Day|null,
 *   timer: import("./domain/timer.js").Timer,
 *   outbox: import("./domain/outbox.js").Outbox,
 *   asOf: number|null, update: (() => void)|null, install: (() => void)|null,
 *   draft: Draft,
 *   recent: Entry[],
 *   projects: Project[]|null,
 *   live: (import("./domain/projects.js").Live & {id: number, missing: boolean})|null,
 *   rooms: {mine: import("./domain/types.js").Room[], others: import("./domain/types.js").Room[]}|null,
 *   room: import("./actions/rooms.js").Here|null,
 *   boards: Record<string, import("./actions/boards.js").Shown>,
 *   following: Set<number>|null,
 *   streak: import("./domain/streak.js").Streak|null, streakDays: import("./domain/streak.js").StreakDay[]|null,
 *   badges: import("./domain/badges.js").Badge[]|null,
 *   person: import("./actions/people.js").Person|null, timeline: import("./actions/people.js").Timeline|null,
 *   news: import("./domain/news.js").News,
 *   history: import("./actions/history.js").History|null, report: import("./actions/reports.js").Shown|null,
 *   imports: import("./domain/import-file.js").Import[]|null, progress: import("./domain/import-file.js").Progress|null,
 *   pomodoro: import("./domain/pomodoro.js").Pomodoro, goal: number,
 *   signals: {sound: boolean, notify: boolean}, look: import("./actions/look.js").Look,
 *   toasts: Toast[], said: string, help: boolean, keys: boolean,
 * }} State  `asOf`: when what is shown was true, if the server could not be asked since (its time, ms); `update`: loads the new
 *   version that is ready; `install`: makes an app of the page, where the browser offers that.
 */
import { newConnection } from "./domain/connection.js";
import { newNews } from "./domain/news.js";
import { newOutbox } from "./domain/outbox.js";
import { newPomodoro } from "./domain/pomodoro.js";
import { newTimer } from "./domain/timer.js";

/** What belongs to one person. */
export function personal() {
  const earned = { boards: {}, following: null, streak: null, streakDays: null, badges: null, person: null, timeline: null, news: newNews() };
  const past = { history: null, report: null, imports: null, progress: null };
  const here = { projects: null, live: null, rooms: null, room: null, ...earned, ...past };
  return { day: null, timer: newTimer(), outbox: newOutbox(), asOf: null, draft: emptyDraft(), recent: [], pomodoro: newPomodoro(), goal: 0, ...here };
}

/** @returns {Draft} */
export function emptyDraft() {
  return { text: "", project_id: null, tags: [] };
}

/** @param {State["route"]} route @returns {State} */
export function initialState(route) {
  /** @type {State["look"]} */
  const look = { theme: "auto", choice: "auto", language: "en" };
  const page = { route, look, signals: { sound: false, notify: false }, toasts: [], said: "", help: false, keys: true, update: null, install: null };
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
