// @ts-check
/** What comes over the connection, and where it goes. */
import { applyProjectEvent, merged, runningIn } from "../domain/projects.js";
import { applyEvent, applySnapshot } from "../domain/timer.js";
import { asApiError } from "../net/api-error.js";

const LIST_EVENTS = new Set(["project:updated", "project:deleted", "member:joined", "member:updated", "member:left"]);

/** @param {import("../app.js").Parts} parts */
export function createLiveActions(parts) {
  const { store, socket, channels, clock } = parts;

  /** @type {import("../net/channels.js").Reader} */
  const own = {
    onEvent(name, data) {
      const { timer, reload } = applyEvent(store.get().timer, name, data);
      store.set({ timer });
      if (reload) void parts.actions.entries.loadToday();
      if (LIST_EVENTS.has(name)) parts.actions.projects.reloadSoon();
      if (name === "user:updated") parts.actions.sessions.changed(data.user);
      parts.actions.earned.event(name, data);
      parts.actions.people.event(name, data);
      parts.actions.history.event(name, data);
      parts.actions.reports.event(name);
      parts.actions.transfer.event(name, data);
    },
    onSnapshot(snapshot) {
      store.set(({ timer }) => ({ timer: applySnapshot(timer, snapshot) }));
      parts.actions.earned.snapshot(snapshot);
      void parts.actions.entries.loadToday();
      parts.actions.history.reloadSoon();
      parts.actions.reports.reloadSoon();
      parts.actions.projects.reloadSoon();
    },
  };

  /** @param {number} id @param {string} name @param {any} data */
  function projectEvent(id, name, data) {
    store.set(({ live }) => (live?.id === id ? { live: { ...live, ...applyProjectEvent(live, name, data) } } : {}));
    if (LIST_EVENTS.has(name)) parts.actions.projects.reloadSoon();
  }

  return {
    /** @param {import("../store.js").User} user */
    start(user) {
      channels.expect(`user:${user.id}`, own);
      socket.start();
    },
    stop() {
      channels.leaveAll();
      socket.signedOut();
    },
    /** The token of the connection has an end of its own. @param {string} token */
    async keepConnection(token) {
      if (!socket.live()) return;
      try {
        await socket.request("auth:refresh", { token });
      } catch (error) {
        asApiError(error); // at the token's end the server says so, and we come back with the new cookie
      }
    },
    tryAgain: () => socket.tryAgain(),
    /** @param {string} name @param {any} data  Any event of the connection. */
    receive(name, data) {
      if (name === "connection:ready") {
        const { user } = store.get().session;
        if (user && data.user?.id !== user.id) return void parts.actions.sessions.restart(); // another person logged in with this browser
        if (user) void parts.actions.preferences.settle(data.user);
        clock.hint(data.server_time);
        channels.ready(data.channels ?? []);
        clock.measure().catch(() => {}); // the connection went again; the next one measures
        parts.actions.rooms.showAgain();
        parts.sender.run();
      } else channels.receive(name, data);
    },
    /** The project page is open: read its channel. @param {number} id */
    openProject(id) {
      store.set({ live: { id, project: null, running: [], missing: false } });
      channels.read(`project:${id}`, {
        onEvent: (name, data) => projectEvent(id, name, data),
        onSnapshot: ({ project, running }) =>
          store.set(({ live }) => (live?.id === id ? { live: { ...live, project: merged(live.project, project), running: runningIn(running) } } : {})),
        onEnded: (code) => (code === "not_found" ? parts.actions.projects.missing(id) : void parts.actions.projects.loadOne(id)),
      });
      void parts.actions.projects.loadOne(id);
    },
    /** @param {number} id */
    closeProject(id) {
      channels.leave(`project:${id}`);
      store.set(({ live }) => (live?.id === id ? { live: null } : {}));
    },
  };
}
