// @ts-check
/** Leaderboards that are looked at: live where a channel tells of them, else read again now and then; and whom one follows. */
import { asked, begun, below, channelOf, newLive, placeAfter, together, updated } from "../domain/boards.js";
import { asApiError } from "../net/api-error.js";

/**
 * @typedef {import("../domain/boards.js").Query} Query @typedef {import("../domain/boards.js").Row} Row
 * @typedef {{
 *   query: Query, live: import("../domain/boards.js").Live, further: Row[], next: string|null, around: Row[],
 *   status: "loading"|"shown"|"gone", busy: boolean,
 * }} Shown  `further`: the rows below those that move; `next`: the cursor below them, "" where it is not known yet; `around`: the rows around one's own.
 */

const FIRST = 200; // as many as the channel tells
const AROUND = 3;
const AGAIN_MS = 10_000;
const PLACE_MS = 5000;

/** @param {import("../app.js").Parts} parts */
export function createBoardActions(parts) {
  const { store, api, channels } = parts;
  /** @type {Map<string, {channel: string|null, timer: ReturnType<typeof setInterval>, place: ReturnType<typeof setTimeout>|undefined}>} */
  const open = new Map();

  /** @param {string} key @param {Query} query  the answer to an older question changes nothing @param {(shown: Shown) => Partial<Shown>} change */
  function change(key, query, change) {
    store.set(({ boards }) => {
      const shown = boards[key];
      return shown?.query === query ? { boards: { ...boards, [key]: { ...shown, ...change(shown) } } } : {};
    });
  }

  const shownAs = (/** @type {string} */ key, /** @type {Query} */ query) => {
    const shown = store.get().boards[key];
    return shown?.query === query ? shown : null;
  };
  const own = () => store.get().session.user?.id;

  /** One's own place, and who is around it where the first rows do not show it. @param {string} key @param {Query} query */
  async function loadPlace(key, query) {
    try {
      const { rank, score, total, around } = await api.get("/leaderboard/me", { ...query, around: AROUND });
      change(key, query, ({ live }) => ({ live: { ...live, me: { rank, score, total } }, around }));
    } catch (error) {
      asApiError(error); // the board is shown without it, and it is asked for again
    }
  }

  /** Soon, and not after every change. @param {string} key @param {Query} query */
  function loadPlaceSoon(key, query) {
    const kept = open.get(key);
    if (!kept || kept.place) return;
    kept.place = setTimeout(() => {
      kept.place = undefined;
      void loadPlace(key, query);
    }, PLACE_MS);
  }

  /** @param {string} key @param {Query} query */
  async function load(key, query) {
    try {
      const [{ rows, next }] = await Promise.all([api.page("/leaderboard", { ...query, limit: FIRST }), loadPlace(key, query)]);
      change(key, query, ({ live }) => ({ live: { ...live, rows }, next, status: "shown" }));
    } catch (caught) {
      const error = asApiError(caught);
      if (error.status === 404 || error.status === 403) change(key, query, () => ({ status: "gone" }));
    }
  }

  /** @param {string} key @param {Query} query @param {string} channel */
  function follow(key, query, channel) {
    channels.read(channel, {
      onSnapshot(snapshot) {
        const shown = shownAs(key, query);
        if (!shown) return;
        const { live, again } = begun(shown.live, snapshot);
        change(key, query, ({ next }) => ({ live, next: live.rows.length < FIRST ? null : (next ?? "") }));
        if (again) channels.again(channel);
        const show = () => change(key, query, () => ({ status: "shown" }));
        // Who is not among them is shown with whom they are among, at once, so that nothing moves later.
        if (live.me?.rank && !live.rows.some(({ user_id }) => user_id === own())) void loadPlace(key, query).then(show);
        else show();
      },
      onEvent(name, data) {
        const shown = shownAs(key, query);
        if (name !== "leaderboard:updated" || !shown) return;
        const { live, again } = updated(shown.live, data);
        const me = placeAfter(data.changes, own(), live.me);
        change(key, query, ({ live: before, further }) => ({ live: me ? { ...live, me } : live, further: below(further, before.rows, live.rows) }));
        if (again) channels.again(channel);
        else loadPlaceSoon(key, query);
      },
      onEnded: () => change(key, query, () => ({ status: "gone" })),
    });
  }

  const actions = {
    /** @param {string} key  what shows it @param {Query} query */
    open(key, query) {
      actions.close(key);
      const live = newLive();
      store.set(({ boards }) => ({
        boards: { ...boards, [key]: { query, live, further: [], next: null, around: [], status: "loading", busy: false } },
      }));
      const channel = channelOf(query);
      const look = () => !channel && document.visibilityState === "visible" && void load(key, query);
      open.set(key, { channel, timer: setInterval(look, AGAIN_MS), place: undefined });
      if (channel) follow(key, query, channel);
      else void load(key, query);
    },
    /** @param {string} key */
    close(key) {
      const kept = open.get(key);
      if (!kept) return;
      open.delete(key);
      clearInterval(kept.timer);
      clearTimeout(kept.place);
      if (kept.channel) channels.leave(kept.channel);
      store.set(({ boards: { [key]: _, ...boards } }) => ({ boards }));
    },
    /** The connection is gone: what comes on it next does not go on from here. */
    lost() {
      for (const [key, { channel }] of open) {
        const shown = store.get().boards[key];
        if (channel && shown) change(key, shown.query, ({ live }) => ({ live: asked(live) }));
      }
    },
    /** The next rows further down. @param {string} key */
    async more(key) {
      const shown = store.get().boards[key];
      if (!shown || shown.busy || shown.next === null) return;
      const { query } = shown;
      change(key, query, () => ({ busy: true }));
      try {
        const cursor = shown.next || (await api.page("/leaderboard", { ...query, limit: FIRST })).next;
        const { rows, next } = cursor ? await api.page("/leaderboard", { ...query, limit: FIRST, cursor }) : { rows: [], next: null };
        change(key, query, ({ further }) => ({ further: together(further, rows), next }));
      } catch (error) {
        parts.actions.notices.failed(asApiError(error));
      } finally {
        change(key, query, () => ({ busy: false }));
      }
    },
    /** Whom one follows, of those who have any score at all. */
    async loadFollowing() {
      try {
        const rows = await api.all("/leaderboard", { scope: "following", period: "all" });
        store.set({ following: new Set(rows.map(({ user_id }) => user_id).filter((id) => id !== own())) });
      } catch (error) {
        asApiError(error); // without it nobody can be followed from a row
      }
    },
    /** @param {number} id @param {boolean} following */
    async setFollowing(id, following) {
      if (following) await api.put(`/users/${id}/follow`, undefined);
      else await api.delete(`/users/${id}/follow`);
      const next = new Set(store.get().following ?? []);
      if (following) next.add(id);
      else next.delete(id);
      store.set({ following: next });
      for (const [key, { query }] of Object.entries(store.get().boards)) if (query.scope === "following") void load(key, query);
    },
  };
  return actions;
}
