// @ts-check
/** What one prefers on all devices: the goal of a day, the lengths of one's own phases, the language of mails. */
import { keptChoices, keptGoal, takenOver } from "../domain/preferences.js";
import { asApiError } from "../net/api-error.js";

/** @typedef {import("../domain/preferences.js").Preferences} Preferences @typedef {import("../domain/types.js").User} User */

/** @param {import("../app.js").Parts} parts */
export function createPreferences(parts) {
  const { store, actions } = parts;
  const goalKey = (/** @type {number} */ id) => `focushub.goal.${id}`; // where earlier pages kept it
  const waitsKey = (/** @type {number} */ id) => `focushub.chosen.${id}`;
  const waiting = (/** @type {number} */ id) => keptChoices(localStorage.getItem(waitsKey(id)));

  /** @param {User} user */
  function show(user) {
    const { daily_goal_seconds, pomodoro } = { ...user, ...waiting(user.id) };
    store.set({ goal: daily_goal_seconds ?? keptGoal(localStorage.getItem(goalKey(user.id))) });
    if (pomodoro) actions.pomodoro.follow(pomodoro);
  }

  store.subscribe(({ session: { user } }, { session: { user: before } }) => {
    if (user && user !== before && user.id === before?.id) show(user);
  });

  return {
    restore: show,
    /** The connection stands: what waits here is told, and so is what only this browser knew. @param {User} user */
    async settle(user) {
      const { pomodoro, look } = store.get();
      const here = { goal: keptGoal(localStorage.getItem(goalKey(user.id))), rhythm: pomodoro.rhythm, language: look.language };
      const changes = { ...takenOver(user, here), ...waiting(user.id) };
      try {
        if (Object.keys(changes).length > 0) await actions.settings.edit(changes);
      } catch (error) {
        if (asApiError(error).code !== "invalid") return; // the next connection tries again
      }
      localStorage.removeItem(waitsKey(user.id));
      if (user.daily_goal_seconds !== undefined) localStorage.removeItem(goalKey(user.id));
    },
    /** Shown at once, and kept here until the server can be told. @param {Preferences} changes */
    async save(changes) {
      const { user } = store.get().session;
      if (!user) return;
      try {
        await actions.settings.edit(changes);
      } catch (error) {
        if (asApiError(error).code !== "network") throw error;
        localStorage.setItem(waitsKey(user.id), JSON.stringify({ ...waiting(user.id), ...changes }));
        show(user);
      }
    },
  };
}
