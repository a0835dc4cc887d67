// @ts-check
/** Puts the page together: one store, the connection, the actions, the views. Every part knows only what it is given. */
import { createAdminActions } from "./actions/admin.js";
import { createBoardActions } from "./actions/boards.js";
import { createEarnedActions } from "./actions/earned.js";
import { createEntryActions } from "./actions/entries.js";
import { createHistoryActions } from "./actions/history.js";
import { createLiveActions } from "./actions/live.js";
import { createLook } from "./actions/look.js";
import { createLastKnown } from "./actions/last-known.js";
import { createNotices } from "./actions/notices.js";
import { createOutboxActions } from "./actions/outbox.js";
import { createPeopleActions } from "./actions/people.js";
import { createPomodoroActions } from "./actions/pomodoro.js";
import { createPreferences } from "./actions/preferences.js";
import { createProjectActions } from "./actions/projects.js";
import { createPushActions } from "./actions/push.js";
import { createReportActions } from "./actions/reports.js";
import { createReshapingActions } from "./actions/reshaping.js";
import { createRoomActions } from "./actions/rooms.js";
import { createSessionActions } from "./actions/sessions.js";
import { createSettingsActions } from "./actions/settings.js";
import { createSignals } from "./actions/signals.js";
import { createTimerActions } from "./actions/timers.js";
import { createWebhookActions } from "./actions/webhooks.js";
import { createTransferActions } from "./actions/transfer.js";
import { createApi } from "./net/api.js";
import { createChannels } from "./net/channels.js";
import { createKept } from "./net/kept.js";
import { withLock } from "./net/locks.js";
import { createMeasuredClock } from "./net/measured-clock.js";
import { createRenewal } from "./net/renewal.js";
import { createSender } from "./net/sender.js";
import { createSocket } from "./net/socket.js";
import { announce } from "./page/announce.js";
import { offerInstall } from "./page/install.js";
import { listenToKeys } from "./page/keys.js";
import { watchRoom } from "./page/room-watch.js";
import { keepTitle } from "./page/title.js";
import { keepVersion } from "./page/version.js";
import { createRouter } from "./router.js";
import { createStore, initialState } from "./store.js";
import { mount } from "./views/app-view.js";

const DAY_CHECK_MS = 10_000;

/**
 * @typedef {{
 *   notices: import("./actions/notices.js").Notices, look: ReturnType<typeof createLook>, preferences: ReturnType<typeof createPreferences>, pomodoro: ReturnType<typeof createPomodoroActions>,
 *   sessions: ReturnType<typeof createSessionActions>, live: ReturnType<typeof createLiveActions>,
 *   outbox: ReturnType<typeof createOutboxActions>, lastKnown: ReturnType<typeof createLastKnown>,
 *   timer: ReturnType<typeof createTimerActions>, entries: ReturnType<typeof createEntryActions>,
 *   history: ReturnType<typeof createHistoryActions>, reshaping: ReturnType<typeof createReshapingActions>,
 *   reports: ReturnType<typeof createReportActions>, transfer: ReturnType<typeof createTransferActions>,
 *   rooms: ReturnType<typeof createRoomActions>, signals: ReturnType<typeof createSignals>,
 *   people: ReturnType<typeof createPeopleActions>, push: ReturnType<typeof createPushActions>, boards: ReturnType<typeof createBoardActions>, earned: ReturnType<typeof createEarnedActions>,
 *   projects: ReturnType<typeof createProjectActions>, settings: ReturnType<typeof createSettingsActions>,
 *   webhooks: ReturnType<typeof createWebhookActions>, admin: ReturnType<typeof createAdminActions>,
 * }} Actions
 * @typedef {{
 *   store: import("./store.js").Store, router: import("./router.js").Router, api: import("./net/api.js").Api,
 *   renewal: ReturnType<typeof createRenewal>, socket: import("./net/socket.js").Socket,
 *   channels: import("./net/channels.js").Channels, clock: ReturnType<typeof createMeasuredClock>,
 *   sender: ReturnType<typeof createSender>, kept: import("./net/kept.js").Kept, actions: Actions,
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
    parts.renewal.woke();
    await parts.clock.measureAnew();
    parts.channels.check();
  },
  renew: () => parts.renewal.renew(Date.now(), false),
});
parts.kept = createKept();
parts.clock = createMeasuredClock(parts.socket.request);
parts.channels = createChannels(parts.socket.request);
parts.sender = createSender({
  next: () => actions.outbox.next(),
  live: parts.socket.live,
  send: (item) => actions.outbox.send(item),
  onSettled: (item, data) => actions.outbox.settled(item, data),
  onRefused: (item, error) => actions.outbox.refused(item, error),
  alone: (task) => withLock("focushub-outbox", task),
});

actions.notices = createNotices(parts.store);
actions.look = createLook(parts);
actions.sessions = createSessionActions(parts);
actions.live = createLiveActions(parts);
actions.lastKnown = createLastKnown(parts);
actions.outbox = createOutboxActions(parts);
actions.timer = createTimerActions(parts);
actions.entries = createEntryActions(parts);
actions.history = createHistoryActions(parts);
actions.reshaping = createReshapingActions(parts);
actions.reports = createReportActions(parts);
actions.transfer = createTransferActions(parts);
actions.projects = createProjectActions(parts);
actions.push = createPushActions(parts);
actions.people = createPeopleActions(parts);
actions.boards = createBoardActions(parts);
actions.earned = createEarnedActions(parts);
actions.rooms = createRoomActions(parts);
actions.signals = createSignals(parts);
actions.pomodoro = createPomodoroActions(parts);
actions.preferences = createPreferences(parts);
actions.settings = createSettingsActions(parts);
actions.webhooks = createWebhookActions(parts);
actions.admin = createAdminActions(parts);

announce(parts);
keepTitle(parts);
keepVersion(parts);
offerInstall(parts);
watchRoom(parts);
listenToKeys(parts);
setInterval(() => actions.entries.startDay(), DAY_CHECK_MS);
addEventListener("beforeunload", (event) => {
  if (parts.store.get().outbox.items.length > 0 && !parts.kept.lasts()) event.preventDefault();
});

const place = /** @type {HTMLElement} */ (document.getElementById("page"));
void actions.look.ready().then(() => mount(place, parts));
void actions.sessions.boot();
if (parts.renewal.known()) void parts.socket.prepare().catch(() => {}); // it will be needed; asked again when it is
