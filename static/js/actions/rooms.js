// @ts-check
/** Focus rooms: the list, and the one room that one is in, which stays open while one looks at other pages. */
import { applyRoomEvent, lonely, parted, roundMeant, sceneOf, withPeople, withRoom } from "../domain/rooms.js";
import { asApiError } from "../net/api-error.js";
import { newId } from "../net/ids.js";
import { t } from "../text/t.js";

/**
 * @typedef {import("../domain/types.js").Room} Room
 * @typedef {{key: number, emoji: string, who: string}} Reaction
 * @typedef {{
 *   slug: string, room: Room|null, status: "joining"|"in"|"gone", problem: string|null,
 *   scene: import("../domain/rooms.js").Scene|null, reactions: Reaction[],
 * }} Here  `room`: what is known before one is in; `problem`: why one is not in it any more.
 */

const HERE = "focushub.room"; // per tab; it outlives a reload
const RETRY_MS = 3000;
const REACTION_MS = 2800;
const MOST_REACTIONS = 12;
const UNKNOWN = new Set(["network", "unavailable"]);

/** @param {import("../app.js").Parts} parts */
export function createRoomActions(parts) {
  const { store, api, channels, socket } = parts;
  let reactions = 0;
  /** @type {"active"|"away"|"invisible"} */
  let shownAs = "active";
  let departing = ""; // the slug of a room that one leaves or deletes: what its channel says of that is no news

  /** @param {string} slug @param {(here: Here) => Partial<Here>} change */
  const change = (slug, change) => store.set(({ room: here }) => (here?.slug === slug ? { room: { ...here, ...change(here) } } : {}));
  const path = (/** @type {string} */ slug) => `/rooms/${encodeURIComponent(slug)}`;
  const channelOf = (/** @type {Room} */ room) => `room:${room.id}`;

  /** The room's page is its own: it may have been left for another meanwhile. @param {string} slug */
  async function find(slug) {
    const isHere = () => store.get().room?.slug === slug;
    try {
      const answer = await api.get(path(slug));
      if (!isHere()) return;
      const room = /** @type {Room} */ (answer.room ?? answer);
      change(slug, () => ({ room }));
      channels.read(channelOf(room), {
        ask: (position) => socket.request("room:join", { room: slug, ...position }),
        onSnapshot: (snapshot) => {
          change(slug, ({ scene }) => ({ status: "in", problem: null, scene: sceneOf(snapshot, scene) }));
          sessionStorage.setItem(HERE, JSON.stringify({ user: store.get().session.user?.id, slug }));
        },
        onPresence: (presence) => change(slug, ({ scene }) => (scene ? { scene: withPeople(scene, presence) } : {})),
        onEvent: (name, data) => event(slug, name, data),
        onEnded: (code) => gone(slug, code),
      });
    } catch (caught) {
      const error = asApiError(caught);
      if (!isHere()) return;
      if (UNKNOWN.has(error.code)) setTimeout(() => isHere() && void find(slug), RETRY_MS);
      else gone(slug, error.code);
    }
  }

  /** @param {string} slug @param {string} name @param {any} data */
  function event(slug, name, data) {
    if (name === "room:closed") return gone(slug, data.reason === "project_deleted" ? "project_deleted" : "room_closed");
    if (name === "room:reacted") return reacted(slug, data);
    change(slug, ({ scene }) => (scene ? { scene: applyRoomEvent(scene, name, data) } : {}));
  }

  /** @param {string} slug @param {string} code */
  function gone(slug, code) {
    const here = store.get().room;
    if (here?.slug !== slug || here.status === "gone" || departing === slug) return;
    sessionStorage.removeItem(HERE);
    if (here.room) channels.leave(channelOf(here.room));
    change(slug, ({ status }) => ({ status: "gone", problem: code === "forbidden" && status === "in" ? "kicked" : code, scene: null }));
  }

  /** @param {string} slug @param {any} data */
  function reacted(slug, { user, emoji }) {
    const key = (reactions += 1);
    change(slug, (here) => ({ reactions: [...here.reactions, { key, emoji, who: user.username }].slice(-MOST_REACTIONS) }));
    setTimeout(() => change(slug, (here) => ({ reactions: here.reactions.filter((each) => each.key !== key) })), REACTION_MS);
  }

  /** @param {string} slug @param {Room|undefined} room  as an answer has it */
  const keep = (slug, room) => room && change(slug, ({ scene }) => (scene ? { scene: withRoom(scene, room) } : {}));

  /** Sent again with the same id while it is not known whether it was done. @param {string} name @param {any} payload */
  async function sent(name, payload) {
    try {
      return await socket.request(name, payload);
    } catch (caught) {
      const error = asApiError(caught);
      if (!UNKNOWN.has(error.code) || !socket.live()) throw error;
      return socket.request(name, payload);
    }
  }

  /** Leaves the page for the list when it is done. @param {(slug: string) => Promise<boolean>} task */
  async function depart(task) {
    const slug = (departing = store.get().room?.slug ?? "");
    try {
      if (!slug || !(await task(slug))) return;
      actions.forget();
      parts.router.go("/rooms");
    } finally {
      departing = "";
    }
  }

  const actions = {
    async load() {
      try {
        const [all, mine] = await Promise.all([api.get("/rooms", { limit: 100 }), api.get("/rooms", { mine: "true", limit: 100 })]);
        store.set({ rooms: parted(all, mine) });
      } catch (error) {
        if (store.get().session.status === "in" && store.get().rooms === null) parts.actions.notices.failed(asApiError(error));
      }
    },
    /** @param {Record<string, any>} fields @returns {Promise<Room>} */
    async create(fields) {
      const answer = await api.post("/rooms", fields);
      return answer.room ?? answer;
    },
    /** Back into the room in which this tab was when it was loaded again; time worked there goes on. @param {number} userId */
    restore(userId) {
      const { user, slug } = JSON.parse(sessionStorage.getItem(HERE) ?? "{}");
      if (user === userId && slug && store.get().route.name !== "room") actions.open(slug);
    },
    /** Go in, unless one is in already. @param {string} slug */
    open(slug) {
      const here = store.get().room;
      if (here?.slug === slug && here.status !== "gone") return;
      actions.forget();
      store.set({ room: { slug, room: null, status: "joining", problem: null, scene: null, reactions: [] } });
      void find(slug);
    },
    /** One may look at other pages, and stays in the room; what kept one out of it is forgotten. @param {string} slug */
    turnAway(slug) {
      const here = store.get().room;
      if (here?.slug === slug && here.status !== "in") actions.forget();
    },
    /** The connection is gone. */
    lost: () => store.set(({ room: here }) => (here?.scene ? { room: { ...here, scene: lonely(here.scene), reactions: [] } } : {})),
    /** Look at it no longer; one stays a member. */
    forget() {
      const here = store.get().room;
      if (here?.room && here.status !== "gone") channels.leave(channelOf(here.room));
      sessionStorage.removeItem(HERE);
      store.set({ room: null });
    },
    /**
     * A command to the room one is in. What the room has become meanwhile is shown as it is, and said.
     * @param {string} name @param {Record<string, any>} [fields] @param {{guarded?: boolean}} [options]  `guarded`: only for the room as it is shown
     * @returns {Promise<boolean>} whether it was done
     */
    async command(name, fields = {}, { guarded = false } = {}) {
      const here = store.get().room;
      if (!here?.scene) return false;
      const version = guarded ? { version: here.scene.room.version } : {};
      try {
        const answer = await sent(name, { room: here.slug, ...fields, ...version, command_id: newId() });
        keep(here.slug, answer?.room);
        return true;
      } catch (caught) {
        const error = asApiError(caught);
        if (error.code !== "version_conflict") throw error;
        keep(here.slug, error.current ?? undefined);
        parts.actions.notices.toast(t("room.conflict"));
        return false;
      }
    },
    /** Never remembered, never repeated. @param {string} emoji */
    async react(emoji) {
      const here = store.get().room;
      if (here?.scene) await socket.request("room:react", { room: here.slug, emoji });
    },
    /** What others see of oneself, as long as this page is open. @param {"active"|"away"|"invisible"} status */
    async show(status) {
      await socket.request("presence:set", { status });
      shownAs = status;
    },
    /** A new connection does not know of it. */
    showAgain() {
      if (shownAs !== "active") socket.request("presence:set", { status: shownAs }).catch(() => {});
    },
    /** @param {Record<string, any>} fields */
    async edit(fields) {
      const here = store.get().room;
      if (!here?.scene) return;
      const answer = await api.patch(path(here.slug), fields);
      keep(here.slug, answer.room ?? answer);
    },
    leave: () => depart(() => actions.command("room:leave")),
    delete: () => depart(async (slug) => (await api.delete(path(slug)), true)),
    /** @param {string} slug @param {number} limit @returns {Promise<import("../domain/types.js").Round[]>} the latest first */
    history: (slug, limit) => api.get(`${path(slug)}/history`, { limit }),
    /** What was meant in the round before, of which a snapshot does not tell. @param {string} slug */
    async recall(slug) {
      try {
        const [last] = await actions.history(slug, 1);
        change(slug, ({ scene }) => {
          if (!scene || !last?.ended_at || last.round !== roundMeant(scene.room) - 1) return {};
          const told = Object.fromEntries(last.members.map(({ user_id, intention, outcome }) => [user_id, { intention, outcome }]));
          return { scene: { ...scene, past: { round: last.round, meant: { ...told, ...scene.past.meant } } } };
        });
      } catch (error) {
        asApiError(error); // then nobody is asked how the last round went
      }
    },
  };
  return actions;
}
