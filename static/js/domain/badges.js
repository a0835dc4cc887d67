// @ts-check
/**
 * Badges as they are shown: tiers of one family stand together, the earned ones first.
 *
 * @typedef {"bronze"|"silver"|"gold"} Tier
 * @typedef {{share: number, metric: string, value: number, target: number}} Progress
 * @typedef {{
 *   badge_id: number, key: string, name: string, description: string, family: string|null, tier: Tier|null,
 *   image_url: string|null, awarded_at?: string|null, progress?: Progress,
 * }} Badge
 * @typedef {{key: string, shown: Badge, next: Badge|null, tiers: Badge[], at: string|null}} Card
 *   `shown`: the highest that was earned, else the first; `next`: what is still to be earned; `at`: when the last was.
 */
import { spokenFor, t, textOf } from "../text/t.js";

const ORDER = { bronze: 0, silver: 1, gold: 2 };

/** @param {Badge[]} badges @returns {Card[]} */
export function cardsOf(badges) {
  /** @type {Map<string, Badge[]>} */
  const families = new Map();
  for (const badge of badges) {
    const key = badge.family && badge.tier ? `family:${badge.family}` : badge.key;
    families.set(key, [...(families.get(key) ?? []), badge]);
  }
  return [...families].map(([key, tiers]) => cardOf(key, tiers)).sort(byWorth);
}

/** @param {string} key @param {Badge[]} badges @returns {Card} */
function cardOf(key, badges) {
  const tiers = [...badges].sort((a, b) => ORDER[a.tier ?? "bronze"] - ORDER[b.tier ?? "bronze"]);
  const earned = tiers.filter(({ awarded_at }) => awarded_at);
  const at = earned.map(({ awarded_at }) => awarded_at ?? "").sort().at(-1) ?? null;
  return { key, shown: earned.at(-1) ?? tiers[0], next: tiers.find(({ awarded_at }) => !awarded_at) ?? null, tiers, at };
}

/** Earned ones first, the latest of them first; then those that are nearest, the smallest first. @param {Card} a @param {Card} b */
function byWorth(a, b) {
  if (a.at || b.at) return a.at && b.at ? Date.parse(b.at) - Date.parse(a.at) : a.at ? -1 : 1;
  return (b.next?.progress?.share ?? 0) - (a.next?.progress?.share ?? 0) || (a.next?.progress?.target ?? 0) - (b.next?.progress?.target ?? 0);
}

/** What a badge is called: those that every server has, in the language that is spoken. @param {string} name  the server's */
export function badgeName(name) {
  return spokenFor((key) => `badge.name.${key}`, name);
}

/** What it is given for. @param {{description: string}} badge */
export function badgeText({ description }) {
  return spokenFor((key) => `badge.how.${key}`, description);
}

/** How far one has come, in words: "3 of 10 hours on one project". @param {Progress} progress */
export function progressText({ metric, value, target }) {
  const seconds = metric.endsWith("_seconds");
  const hours = seconds && target >= 3600;
  const unit = hours ? 3600 : seconds ? 60 : 1;
  const key = hours ? metric.replace("_seconds", "_hours") : seconds ? metric.replace("_seconds", "_minutes") : metric;
  const known = textOf(`progress.${key}`) ? key : hours ? "hours" : seconds ? "minutes" : "other";
  return t(`progress.${known}`, { value: amount(Math.min(value, target) / unit), count: Math.ceil(target / unit), target: amount(target / unit) });
}

/** Whole, or with one digit while it is little; never rounded up to what was not reached. @param {number} number */
function amount(number) {
  return number < 10 ? String(Math.floor(number * 10) / 10) : String(Math.floor(number));
}
