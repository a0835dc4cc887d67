// @ts-check
/** Toasts, and what a screen reader is told. */
import { badgeName } from "../domain/badges.js";
import { t, textOf } from "../text/t.js";

const KEYS = "focushub.keys";
const MOST_NAMES = 3;

/** @typedef {ReturnType<typeof createNotices>} Notices */

/** @param {import("../store.js").Store} store */
export function createNotices(store) {
  let last = 0;
  store.set({ keys: localStorage.getItem(KEYS) !== "off" });

  return {
    /**
     * @param {string} text
     * @param {{action?: import("../store.js").Toast["action"], tone?: "plain"|"bad"}} [options]
     */
    toast(text, { action = null, tone = "plain" } = {}) {
      const toast = { id: (last += 1), text, action, tone };
      store.set(({ toasts }) => ({ toasts: [...toasts.filter((each) => each.text !== text), toast].slice(-3) }));
    },
    /** What was earned within a moment is one notice. @param {import("../domain/badges.js").Badge} badge @param {() => void} look */
    badge(badge, look) {
      const before = store.get().toasts.find(({ tone }) => tone === "badge")?.badges ?? [];
      const badges = [...before.filter(({ badge_id }) => badge_id !== badge.badge_id), badge];
      const text = t("toast.badge", { count: badges.length, name: namesOf(badges) });
      const toast = { id: (last += 1), text, badges, tone: /** @type {"badge"} */ ("badge"), action: { label: t("toast.badge.look"), run: look } };
      store.set(({ toasts }) => ({ toasts: [...toasts.filter(({ tone }) => tone !== "badge"), toast].slice(-3) }));
    },
    /** @param {number} id */
    dismiss: (id) => store.set(({ toasts }) => ({ toasts: toasts.filter((each) => each.id !== id) })),
    /** @param {string} text */
    say: (text) => store.set({ said: text }),
    /** @param {boolean} help */
    showHelp: (help) => store.set({ help }),
    /** Single keys are in the way of those who speak to their computer. @param {boolean} keys */
    setKeys(keys) {
      localStorage.setItem(KEYS, keys ? "on" : "off");
      store.set({ keys });
    },
    /** @param {import("../net/api-error.js").ApiError} error */
    failed(error) {
      this.toast(explain(error), { tone: "bad" });
    },
  };
}

/** The latest of them, so that a notice of many stays a notice. @param {import("../domain/badges.js").Badge[]} badges */
function namesOf(badges) {
  const shown = badges.slice(-MOST_NAMES).map(({ name }) => badgeName(name));
  return badges.length > MOST_NAMES ? `${shown.join(", ")} …` : shown.join(", ");
}

/**
 * A refusal in words: ours where we know the code, else the server's.
 * @param {import("../net/api-error.js").ApiError} error
 */
export function explain(error) {
  if (error.code === "invalid" && error.errors.length > 0) return error.errors.map(({ message }) => message).join(" ");
  return textOf(`error.${error.code}`) ?? (error.message || t("error.internal"));
}
