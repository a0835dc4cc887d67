// @ts-check
/** Other people, and oneself as others see it: profiles, and what happened. */
import { withTimeline } from "../domain/timeline.js";
import { asApiError } from "../net/api-error.js";

const PAGE = 40;
const SOON_MS = 600;

/**
 * @typedef {{date: string, seconds: number}} HeatDay
 * @typedef {{
 *   id: number, username: string, name: string, avatar_url: string|null, joined_at: string, badges: import("../domain/badges.js").Badge[],
 *   streak: import("../domain/streak.js").Streak|null, contributions: HeatDay[],
 *   totals: {tracked_seconds: number, focus_seconds: number, today_seconds: number, week_seconds: number, entries: number}|null,
 * }} Profile
 * @typedef {{following: boolean, follows_you: boolean, followers: number, follows: number}} Relation
 * @typedef {{id: number, profile: Profile|null, relation: Relation|null, projects: {project_id: number, name: string, total_time_spent: number}[], missing: boolean}} Person
 * @typedef {{path: string, items: import("../domain/timeline.js").Item[]|null, next: string|null, busy: boolean}} Timeline
 */

/** @param {import("../app.js").Parts} parts */
export function createPeopleActions(parts) {
  const { store, api } = parts;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let soon;

  /** @param {number} id @param {Partial<Person>} change */
  const change = (id, change) => store.set(({ person }) => (person?.id === id ? { person: { ...person, ...change } } : {}));
  /** @param {string} path @param {(timeline: Timeline) => Partial<Timeline>} change */
  const changeTimeline = (path, change) => store.set(({ timeline }) => (timeline?.path === path ? { timeline: { ...timeline, ...change(timeline) } } : {}));

  /** @param {unknown} caught */
  function failed(caught) {
    const error = asApiError(caught);
    if (store.get().session.status === "in") parts.actions.notices.failed(error);
  }

  const actions = {
    /** @param {number} id */
    async open(id) {
      store.set({ person: { id, profile: null, relation: null, projects: [], missing: false } });
      const own = id === store.get().session.user?.id;
      try {
        const [profile, relation, activity] = await Promise.all([
          api.get(`/users/${id}/profile`),
          own ? null : api.get(`/users/${id}/follow`),
          api.get(`/users/${id}/activity`),
        ]);
        change(id, { profile, relation, projects: activity.projects });
      } catch (caught) {
        const error = asApiError(caught);
        if (error.status === 404 || error.status === 403) change(id, { missing: true });
        else failed(error);
      }
    },
    /** One's own. @param {number} year @returns {Promise<HeatDay[]>} */
    heat: (year) => api.get("/reports/heatmap", { year }),
    /** @param {number} id @param {boolean} following */
    async follow(id, following) {
      await parts.actions.boards.setFollowing(id, following);
      change(id, { relation: await api.get(`/users/${id}/follow`) });
    },
    /** @param {string} path */
    openTimeline(path) {
      store.set({ timeline: { path, items: null, next: null, busy: false } });
      void actions.loadTimeline();
    },
    closeTimeline: () => store.set({ timeline: null }),
    async loadTimeline() {
      const path = store.get().timeline?.path;
      if (!path) return;
      try {
        const { rows, next } = await api.page(path, { limit: PAGE });
        changeTimeline(path, () => ({ items: rows, next }));
      } catch (caught) {
        const error = asApiError(caught);
        if (error.status === 404) changeTimeline(path, () => ({ items: [] }));
        else failed(error);
      }
    },
    async olderTimeline() {
      const { path, next, busy } = store.get().timeline ?? { path: "", next: null, busy: true };
      if (!next || busy) return;
      changeTimeline(path, () => ({ busy: true }));
      try {
        const page = await api.page(path, { limit: PAGE, cursor: next });
        changeTimeline(path, ({ items }) => ({ items: withTimeline(items ?? [], page.rows), next: page.next }));
      } catch (caught) {
        failed(caught);
      } finally {
        changeTimeline(path, () => ({ busy: false }));
      }
    },
    /** Timers have events of their own; what they were stands on the timeline a moment later. @param {string} name @param {any} data */
    event(name, data) {
      const { timeline, session } = store.get();
      if (!timeline) return;
      const own = session.user?.id;
      const mine = timeline.path === "/timeline" || timeline.path === `/users/${own}/timeline`;
      if (name === "timeline:added" && mine) changeTimeline(timeline.path, ({ items }) => ({ items: items && withTimeline(items, [data.item]) }));
      else if (mine && /^(timer:(started|stopped|discarded)|entry:)/.test(name)) {
        clearTimeout(soon);
        soon = setTimeout(() => void actions.loadTimeline(), SOON_MS);
      }
    },
  };
  return actions;
}
