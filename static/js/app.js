// @ts-check
/** Puts the page together: one store, the connection, the actions, the views. Every part knows only what it is given. */
import { createBoardActions } from "./actions/boards.js";
import { createEarnedActions } from "./actions/earned.js";
import { createEntryActions } from "./actions/entries.js";
import { createLiveActions } from "./actions/live.js";
import { createNotices } from "./actions/notices.js";
import { createPeopleActions } from "./actions/people.js";
import { createProjectActions } from "./actions/projects.js";
import { createPushActions } from "./actions/push.js";
import { createRoomActions } from "./actions/rooms.js";
import { createSessionActions } from "./actions/sessions.js";
import { createSettingsActions } from "./actions/settings.js";
import { createSignals } from "./actions/signals.js";
import { createTimerActions } from "./actions/timers.js";
import { createApi } from "./net/api.js";
import { createChannels } from "./net/channels.js";
import { createMeasuredClock } from "./net/measured-clock.js";
import { createRenewal } from "./net/renewal.js";
import { createSender } from "./net/sender.js";
import { createSocket } from "./net/socket.js";
import { announce } from "./page/announce.js";
import { listenToKeys } from "./page/keys.js";
import { watchRoom } from "./page/room-watch.js";
import { keepTitle } from "./page/title.js";
import { createRouter } from "./router.js";
import { createStore, initialState } from "./store.js";
import { mount } from "./views/app-view.js";

const DAY_CHECK_MS = 10_000;

/**
 * @typedef {{
 *   notices: import("./actions/notices.js").Notices,
 *   sessions: ReturnType<typeof createSessionActions>, live: ReturnType<typeof createLiveActions>,
 *   timer: ReturnType<typeof createTimerActions>, entries: ReturnType<typeof createEntryActions>,
 *   rooms: ReturnType<typeof createRoomActions>, signals: ReturnType<typeof createSignals>,
 *   people: ReturnType<typeof createPeopleActions>, push: ReturnType<typeof createPushActions>, boards: ReturnType<typeof createBoardActions>, earned: ReturnType<typeof createEarnedActions>,
 *   projects: ReturnType<typeof createProjectActions>, settings: ReturnType<typeof createSettingsActions>,
 * }} Actions
 * @typedef {{
 *   store: import("./store.js").Store, router: import("./router.js").Router, api: import("./net/api.js").Api,
 *   renewal: ReturnType<typeof createRenewal>, socket: import("./net/socket.js").Socket,
 *   channels: import("./net/channels.js").Channels, clock: ReturnType<typeof createMeasuredClock>,
 *   sender: ReturnType<typeof createSender>, actions: Actions,
 * }} Parts
 */

const parts = /** @type {Parts} */ ({});
const actions = (parts.actions = /** @type {Actions} */ ({}));

parts.router = createRouter((route) => parts.store.set({ route }));
parts.store = createStore(initialState(parts.router.current()));
parts.renewal = createRenewal({
  post: () => parts.api.post("/auth/refresh", undefined, { anonymous: true, keepalive: true }),
  onToken: (token) => void actions.live.keepConnection(token),
  onSignedOut: () => actions.sessions.ended(),
  onSignedIn: () => void actions.sessions.boot(),
});
parts.api = createApi({ renew: (since) => parts.renewal.renew(since, false) });
parts.socket = createSocket({
  onChange: (connection) => parts.store.set({ connection }),
  onEvent: (name, data) => actions.live.receive(name, data),
  onLost: () => {
    parts.channels.lost();
    actions.rooms.lost();
    actions.boards.lost();
  },
  probe: async () => {
    await parts.clock.measureAnew();
    parts.channels.check();
  },
  renew: () => parts.renewal.renew(Date.now(), false),
});
parts.clock = createMeasuredClock(parts.socket.request);
parts.channels = createChannels(parts.socket.request);
parts.sender = createSender({
  outbox: () => parts.store.get().outbox,
  live: parts.socket.live,
  send: (item) => actions.timer.send(item),
  onSent: (id) => actions.timer.sent(id),
  onSettled: (item, data) => actions.timer.settled(item, data),
  onRefused: (item, error) => actions.timer.refused(item, error),
});

actions.notices = createNotices(parts.store);
actions.sessions = createSessionActions(parts);
actions.live = createLiveActions(parts);
actions.timer = createTimerActions(parts);
actions.entries = createEntryActions(parts);
actions.projects = createProjectActions(parts);
actions.push = createPushActions(parts);
actions.people = createPeopleActions(parts);
actions.boards = createBoardActions(parts);
actions.earned = createEarnedActions(parts);
actions.rooms = createRoomActions(parts);
actions.signals = createSignals(parts);
actions.settings = createSettingsActions(parts);

announce(parts);
keepTitle(parts);
watchRoom(parts);
listenToKeys(parts);
setInterval(() => actions.entries.startDay(), DAY_CHECK_MS);
addEventListener("beforeunload", (event) => {
  if (parts.store.get().outbox.items.length > 0) event.preventDefault();
});

mount(/** @type {HTMLElement} */ (document.getElementById("page")), parts);
void actions.sessions.boot();
