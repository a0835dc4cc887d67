// @ts-check
/**
 * The state that was last known, kept in this browser for when the server cannot be reached: shown as of its time, and
 * forgotten when one signs out.
 */

const SAVE_MS = 800;

/**
 * @typedef {{
 *   user: import("../store.js").User, timer: import("../domain/timer.js").Timer, recent: import("../domain/types.js").Entry[],
 *   projects: import("../domain/types.js").Project[]|null, savedAt: number, offset: number,
 * }} Known  `savedAt`: the server's time, in ms; `offset`: how far this clock was behind it
 */

/** @param {import("../app.js").Parts} parts */
export function createLastKnown({ store, kept, clock, renewal }) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let saving;

  function save(state = store.get()) {
    const { session, timer, recent, projects, connection } = state;
    if (session.status !== "in" || !session.user || connection.phase !== "live" || !timer.loaded) return;
    /** @type {Known} */
    const known = { user: session.user, timer: { ...timer, touched: null }, recent: recent.slice(0, 100), projects, savedAt: clock.now(), offset: clock.now() - Date.now() };
    kept.put("states", session.user.id, known).catch(() => {}); // a full disk: there is only less to show
  }

  store.subscribe((state, before) => {
    if (before.connection.phase === "live" && state.connection.phase !== "live") save(before); // it was right until now
    if (state.timer === before.timer && state.recent === before.recent && state.projects === before.projects && state.session === before.session) return;
    saving ??= setTimeout(() => {
      saving = undefined;
      save();
    }, SAVE_MS);
  });
  addEventListener("pagehide", () => save());

  return {
    /** Null where nobody was signed in when this browser was last used. @returns {Promise<Known|null>} */
    read: async () => (renewal.known() ? kept.last().catch(() => null) : null),
    /** @param {number} userId */
    forget(userId) {
      clearTimeout(saving);
      saving = undefined;
      kept.put("states", userId, undefined).catch(() => {});
    },
  };
}
