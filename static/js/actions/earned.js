// @ts-check
/** What focus earns: the streak, badges, and notifications, told on one's own channel and read where they are shown. */
import { applyNews, newNews, withItems, wordsOf } from "../domain/news.js";
import { asApiError } from "../net/api-error.js";
import { t } from "../text/t.js";

const SOON_MS = 400;
const COUNTED_MS = 2500; // what an entry adds is counted a second or two after it
const PAGE = 30;

/** @param {import("../app.js").Parts} parts */
export function createEarnedActions(parts) {
  const { store, api } = parts;
  /** @type {Record<string, ReturnType<typeof setTimeout>>} */
  const soon = {};

  /** Several things are earned within a moment; they are read once. @param {string} name @param {() => Promise<void>} load @param {number} ms */
  function later(name, load, ms) {
    clearTimeout(soon[name]);
    soon[name] = setTimeout(() => store.get().session.status === "in" && void load(), ms);
  }

  /** @param {unknown} caught */
  function failed(caught) {
    const error = asApiError(caught);
    if (store.get().session.status === "in") parts.actions.notices.failed(error);
  }

  const actions = {
    /** @param {any} snapshot  of one's own channel */
    snapshot({ streak, unread_count }) {
      store.set(({ news }) => ({ streak: streak ?? null, news: { ...news, unread: unread_count ?? 0 } }));
      if (store.get().news.items) void actions.loadNews();
      if (store.get().badges) void actions.loadBadges();
      if (store.get().streakDays) void actions.loadStreak();
    },
    /** @param {string} name @param {any} data */
    event(name, data) {
      if (name === "streak:updated") {
        store.set({ streak: data });
        if (store.get().streakDays) later("streak", actions.loadStreak, SOON_MS);
      } else if (name === "badge:awarded") {
        if (data.user?.id !== store.get().session.user?.id) return;
        parts.actions.notices.badge(data.badge, () => parts.router.go("/badges"));
        if (store.get().badges) later("badges", actions.loadBadges, SOON_MS);
      } else if (name.startsWith("notification:")) {
        store.set(({ news }) => ({ news: applyNews(news, name, data, new Date(parts.clock.now()).toISOString()) }));
        const told = name === "notification:created" ? data.notification : null;
        if (told && told.kind !== "badge_awarded") parts.actions.notices.say(wordsOf(told).text); // badges have a notice of their own
      } else if (/^(timer:stopped|entry:)/.test(name)) {
        // The days and the progress move with every entry, and only what was reached is told.
        if (store.get().streakDays) later("streak", actions.loadStreak, COUNTED_MS);
        if (store.get().badges) later("badges", actions.loadBadges, COUNTED_MS);
      }
    },
    async loadStreak() {
      try {
        const { days, ...streak } = await api.get("/streak");
        store.set({ streak, streakDays: days });
      } catch (error) {
        failed(error);
      }
    },
    async loadBadges() {
      try {
        store.set({ badges: await api.get("/badges") });
      } catch (error) {
        failed(error);
      }
    },
    async loadNews() {
      try {
        const { rows, next, unread } = await api.page("/notifications", { limit: PAGE });
        store.set({ news: { ...newNews(), items: rows, next, unread: unread ?? 0 } });
      } catch (error) {
        failed(error);
      }
    },
    async loadOlderNews() {
      const { next } = store.get().news;
      if (!next) return;
      const page = await api.page("/notifications", { limit: PAGE, cursor: next });
      store.set(({ news }) => ({ news: { ...news, items: withItems(news.items ?? [], page.rows), next: page.next } }));
    },
    /** Without ids: all of them. @param {number[]} [ids] */
    async readNews(ids) {
      const { unread_count } = await api.post("/notifications/read", ids ? { ids } : { all: true });
      const at = new Date(parts.clock.now()).toISOString();
      store.set(({ news }) => ({ news: applyNews(news, "notification:updated", { unread_count, ...(ids ? { ids } : { all: true }) }, at) }));
      if (!ids) parts.actions.notices.say(t("news.said.all"));
    },
  };
  return actions;
}
