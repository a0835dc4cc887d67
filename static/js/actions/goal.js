// @ts-check
/** How much one wants to have done in a day. The server knows of no goals, so it is kept in this browser, for each account. */

const MOST_S = 24 * 3600;

/** @param {import("../app.js").Parts} parts */
export function createGoal({ store }) {
  let key = "";
  const read = (/** @type {string|null} */ text) => Math.min(Math.max(0, Math.floor(Number(text) || 0)), MOST_S);
  addEventListener("storage", ({ key: changed, newValue }) => key && changed === key && store.set({ goal: read(newValue) }));

  return {
    /** @param {number} userId */
    restore(userId) {
      key = `focushub.goal.${userId}`;
      store.set({ goal: read(localStorage.getItem(key)) });
    },
    /** @param {number} seconds  none: 0 */
    set(seconds) {
      const goal = read(String(seconds));
      if (goal > 0) localStorage.setItem(key, String(goal));
      else localStorage.removeItem(key);
      store.set({ goal });
    },
  };
}
