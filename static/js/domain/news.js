// @ts-check
/**
 * Notifications: a list, the latest first, and how many are unread, which may be more than the list knows.
 *
 * @typedef {{id: number, kind: string, data: any, at: string, read_at: string|null}} Notification
 * @typedef {{items: Notification[]|null, unread: number, next: string|null}} News  `items`: null until it was read; `next`: the cursor of older ones.
 */
import { t, textOf } from "../text/t.js";
import { badgeName } from "./badges.js";

/** @returns {News} */
export function newNews() {
  return { items: null, unread: 0, next: null };
}

/** @param {News} news @param {string} name @param {any} data @param {string} at  the instant of the reading @returns {News} */
export function applyNews(news, name, data, at) {
  if (name === "notification:created") return { ...news, unread: data.unread_count, items: news.items && withItems(news.items, [data.notification]) };
  if (name !== "notification:updated") return news;
  const ids = new Set(data.ids ?? []);
  const items = news.items?.map((item) => (item.read_at === null && (data.all || ids.has(item.id)) ? { ...item, read_at: at } : item)) ?? null;
  return { ...news, unread: data.unread_count, items };
}

/** Each once, the latest first; what is known as read stays so. @param {Notification[]} items @param {Notification[]} more */
export function withItems(items, more) {
  const known = new Map(items.map((item) => [item.id, item]));
  for (const item of more) known.set(item.id, { ...item, read_at: item.read_at ?? known.get(item.id)?.read_at ?? null });
  return [...known.values()].sort((a, b) => b.id - a.id);
}

/** @param {Notification} item @returns {{text: string, href: string|null, icon: string}} */
export function wordsOf({ kind, data }) {
  const values = /** @type {Record<string, string|number>} */ ({});
  for (const [name, value] of Object.entries(data ?? {})) if (typeof value === "string" || typeof value === "number") values[name] = value;
  if (typeof values.days === "number") values.count = values.days;
  if (kind === "badge_awarded" || kind === "badge_earned") return { text: t("news.badge_awarded", { ...values, name: badgeName(String(values.name ?? "")) }), href: "/badges", icon: "badge" };
  if (kind === "streak_reached") return { text: t("news.streak_reached", values), href: "/streak", icon: "flame" };
  if (kind === "timer_forgotten" || kind === "timer_ended") {
    return { text: t(`news.${kind}`, { what: values.description || t("timer.untitled") }), href: "/", icon: "question" };
  }
  if (kind === "project_created" && typeof values.project_id === "number") return { text: t("news.project_created", { by: t("member.unknown"), ...values }), href: `/projects/${values.project_id}`, icon: "projects" };
  return { text: textOf(`news.${kind}`) ? t(`news.${kind}`, values) : t("news.other"), href: null, icon: "bell" };
}

/** "99+" where it would not fit. @param {number} count */
export function countText(count) {
  return count > 99 ? "99+" : String(count);
}
