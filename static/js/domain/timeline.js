// @ts-check
/**
 * What happened, the latest first.
 *
 * @typedef {{id: number, event_type: string, event_data: any, timestamp: string, user: {id: number, username: string}}} Item
 */
import { t, textOf } from "../text/t.js";
import { badgeName } from "./badges.js";
import { wallTime } from "./days.js";
import { durationText } from "./format.js";

/** Each once. @param {Item[]} items @param {Item[]} more */
export function withTimeline(items, more) {
  const known = new Map([...items, ...more].map((item) => [item.id, item]));
  return [...known.values()].sort((a, b) => Date.parse(b.timestamp) - Date.parse(a.timestamp) || b.id - a.id);
}

/** @param {Item[]} items @param {string} zone @returns {{date: string, items: Item[]}[]} */
export function byDate(items, zone) {
  /** @type {{date: string, items: Item[]}[]} */
  const days = [];
  for (const item of items) {
    const date = new Date(wallTime(Date.parse(item.timestamp), zone)).toISOString().slice(0, 10);
    const last = days.at(-1);
    if (last?.date === date) last.items.push(item);
    else days.push({ date, items: [item] });
  }
  return days;
}

const ICONS = /** @type {Record<string, string>} */ ({
  project_created: "projects", badge_earned: "badge", streak_reached: "flame", room_joined: "rooms", timer_started: "play", timer_stopped: "stop",
});

/** In words that follow a name: "earned the badge", and what it leads to. @param {Item} item @returns {{text: string, what: string, href: string|null, icon: string}} */
export function happened({ event_type: kind, event_data }) {
  const data = event_data ?? {};
  const count = Number(data.days ?? 0);
  const text = textOf(`happened.${kind}`) ? t(`happened.${kind}`, { count, time: durationText(data.duration_seconds ?? 0) }) : t("happened.other");
  return { text, what: whatOf(kind, data), href: hrefOf(kind, data), icon: ICONS[kind] ?? "today" };
}

/** @param {string} kind @param {any} data @returns {string} */
function whatOf(kind, data) {
  if (kind.startsWith("timer_")) return [data.description, data.project_name].filter(Boolean).join(" · ");
  if (kind === "badge_earned") return badgeName(data.name ?? "");
  return kind === "streak_reached" ? "" : (data.name ?? "");
}

/** @param {string} kind @param {any} data @returns {string|null} */
function hrefOf(kind, data) {
  if (kind === "room_joined" && data.slug) return `/rooms/${encodeURIComponent(data.slug)}`;
  if (Number.isInteger(data.project_id) && data.project_id > 0) return `/projects/${data.project_id}`;
  return null;
}
