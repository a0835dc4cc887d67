// @ts-check
/** Who is signed in on this page. */
import { nextPath } from "../domain/routes.js";
import { asApiError } from "../net/api-error.js";
import { personal } from "../store.js";

const RETRY_MS = 3000;
const PATIENCE_MS = 1500; // then what was last known is better than nothing

/** @param {import("../app.js").Parts} parts */
export function createSessionActions(parts) {
  const { store, api } = parts;

  /** @param {import("../store.js").User} user @param {Partial<import("../store.js").State>} [known]  to begin with */
  function enter(user, known = {}) {
    store.set({ ...personal(), ...known, session: { status: "in", user } });
    void parts.actions.outbox.open(user.id);
    parts.actions.entries.startDay();
    parts.actions.live.start(user);
    parts.actions.rooms.restore(user.id);
    parts.actions.pomodoro.restore(user.id);
    parts.actions.preferences.restore(user);
    void parts.actions.projects.load();
    void parts.actions.entries.loadRecent();
    const { name } = parts.router.current();
    if (name === "login" || name === "signup") parts.router.go(nextPath(new URLSearchParams(location.search).get("next")), { replace: true });
  }

  /** @param {{access_token: string, expires_in: number, user: import("../store.js").User}} answer */
  function signedIn(answer) {
    parts.renewal.signedIn(answer);
    enter(answer.user);
  }

  async function boot() {
    const isFirst = !parts.renewal.known();
    const waiting = setTimeout(() => void enterKnown(), PATIENCE_MS);
    try {
      arrived(await api.get("/users/me", undefined, { anonymous: isFirst }));
    } catch (caught) {
      const error = asApiError(caught);
      if (error.status === 401 && isFirst) askOnce();
      if (error.status === 401 || store.get().session.status === "out") return store.set({ session: { status: "out", user: null } });
      await enterKnown();
      if (store.get().session.status === "unknown") store.set({ session: { status: "unreachable", user: null } });
      setTimeout(boot, RETRY_MS);
    } finally {
      clearTimeout(waiting);
    }
  }

  /** Nobody was signed in here as far as this page knows, so it stands already; its cookies may still know better. */
  function askOnce() {
    parts.renewal.renew(Date.now(), true).then((goesOn) => goesOn && boot(), () => {});
  }

  /** The server says who is here. @param {import("../store.js").User} user */
  function arrived(user) {
    parts.renewal.found();
    if (store.get().session.user?.id === user.id) store.set({ session: { status: "in", user } });
    else enter(user);
  }

  /** No answer yet: the person and the state that this browser knew last, shown as such. */
  async function enterKnown() {
    if (store.get().session.status === "in") return;
    const known = await parts.actions.lastKnown.read();
    if (!known || !["unknown", "unreachable"].includes(store.get().session.status)) return;
    const { user, timer, recent, projects, savedAt, offset } = known;
    parts.clock.hint(new Date(Date.now() + offset).toISOString());
    enter(user, { timer, recent, projects, asOf: savedAt });
  }

  /**
   * Of a sign-up whose answer was lost, the next one hears that the address is taken: by oneself. Then the password fits.
   * @param {import("../net/api-error.js").ApiError} error @param {{email: string, password: string}} typed
   */
  async function madeBefore(error, { email, password }) {
    if (error.code !== "email_taken") throw error;
    return api.post("/auth/login", { email, password }, { anonymous: true }).catch((second) => {
      throw asApiError(second).code === "network" ? second : error;
    });
  }

  return {
    boot,
    /** How one can sign in here. @returns {Promise<{oidc: {name: string}|null}>} */
    methods: () => api.get("/auth/methods"),
    restart() {
      parts.actions.live.stop();
      void boot();
    },
    /** @param {{email: string, username: string, password: string}} fields */
    async signUp({ email, username, password }) {
      const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      const { language } = store.get().look;
      const body = { email: email.trim(), username: username.trim(), password, language, ...(timezone ? { timezone } : {}) };
      signedIn(await api.post("/auth/signup", body, { anonymous: true }).catch((error) => madeBefore(asApiError(error), body)));
    },
    /** @param {{email: string, password: string, code?: string}} fields  `code` where one was asked for */
    async logIn({ email, password, code }) {
      const body = { email: email.trim(), password, ...(code ? { code } : {}) };
      signedIn(await api.post("/auth/login", body, { anonymous: true }));
    },
    /** @param {{email: string}} fields */
    askReset: ({ email }) => api.post("/auth/password-reset", { email: email.trim() }, { anonymous: true }),
    /** @param {string} token @param {string} password */
    setPassword: (token, password) => api.post("/auth/password-reset/confirm", { token, new_password: password }, { anonymous: true }),
    /** @param {string} token  of a link that came by mail */
    confirmEmail: (token) => api.post("/auth/verify-email", { token }, { anonymous: true }),
    async logOut() {
      await parts.actions.push.turnOff().catch(() => {}); // or the next person here would be told
      await api.post("/auth/logout");
      parts.renewal.signedOut();
      parts.router.go("/", { replace: true });
    },
    /** The login has ended, here or elsewhere. */
    ended() {
      const { user } = store.get().session;
      if (user) parts.actions.lastKnown.forget(user.id);
      parts.actions.outbox.close();
      parts.actions.rooms.forget();
      parts.actions.pomodoro.forget();
      parts.actions.live.stop();
      store.set({ ...personal(), session: { status: "out", user: null } });
    },
    /** @param {import("../store.js").User} user */
    changed(user) {
      store.set({ session: { status: "in", user } });
      parts.actions.entries.startDay();
    },
  };
}
