// @ts-check
/**
 * What one prefers is kept with the account. What an earlier page kept in this browser is taken over once, and what was chosen
 * without a connection waits here.
 *
 * @typedef {import("./pomodoro.js").Rhythm} Rhythm
 * @typedef {{daily_goal_seconds?: number, pomodoro?: Rhythm, language?: import("./language.js").Language}} Preferences
 */
import { DEFAULTS } from "./pomodoro.js";

const MOST_S = 24 * 3600;

/** The goal that an earlier page has kept. @param {string|null} text @returns {number} seconds; none: 0 */
export function keptGoal(text) {
  return Math.min(Math.max(0, Math.floor(Number(text) || 0)), MOST_S);
}

/** What was chosen and has not reached the server, if it can be understood. @param {string|null} text @returns {Preferences} */
export function keptChoices(text) {
  try {
    const kept = JSON.parse(text ?? "");
    return kept && typeof kept === "object" ? kept : {};
  } catch {
    return {};
  }
}

/**
 * What the account is to be told: it has no choice of these, and this browser has.
 * @param {import("./types.js").User} user
 * @param {{goal: number, rhythm: Rhythm, language: import("./language.js").Language}} here
 * @returns {Preferences}
 */
export function takenOver(user, { goal, rhythm, language }) {
  const usual = Object.entries(DEFAULTS).every(([name, value]) => rhythm[/** @type {keyof Rhythm} */ (name)] === value);
  return {
    ...(user.daily_goal_seconds === null && goal > 0 ? { daily_goal_seconds: goal } : {}),
    ...(user.pomodoro === null && !usual ? { pomodoro: rhythm } : {}),
    ...(user.language === null && language !== "en" ? { language } : {}), // mails are in English anyway
  };
}
