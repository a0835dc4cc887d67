// @ts-check
/** The person's own account: profile, day, privacy, what secures it, devices, and leaving. */
import { download } from "../page/save-file.js";

/** @typedef {{kind: string, in_app: boolean, email: boolean, push: boolean}} Preference */
/** @typedef {{enabled: boolean, recovery_codes_left: number}} TotpState */

const PICTURE_MS = 60_000;

/** @param {import("../app.js").Parts} parts */
export function createSettingsActions(parts) {
  const { api, store } = parts;

  /** @param {Partial<import("../store.js").User>} changes */
  function changed(changes) {
    const { user } = store.get().session;
    if (user) parts.actions.sessions.changed({ ...user, ...changes });
  }

  return {
    /** @param {Record<string, any>} changes */
    async edit(changes) {
      const answer = await api.patch("/users/me", changes);
      changed(answer?.user ?? answer);
    },
    /** @param {Blob} picture */
    async setPicture(picture) {
      const form = new FormData();
      form.append("image", picture, "picture");
      changed(await api.put("/users/me/avatar", form, { timeoutMs: PICTURE_MS }));
    },
    async removePicture() {
      await api.delete("/users/me/avatar");
      changed({ avatar_url: null });
    },
    /** A link goes to the new address, which is used once that was opened. @param {{email: string, password: string}} fields */
    changeEmail: ({ email, password }) => api.post("/users/me/email", { email: email.trim(), password }),
    resendLink: () => api.post("/auth/verify-email/resend"),
    /** @param {{current_password: string, new_password: string}} fields */
    changePassword: (fields) => api.post("/auth/password", fields),

    /** @returns {Promise<TotpState>} */
    totp: () => api.get("/auth/totp"),
    /** @param {{password: string}} fields @returns {Promise<{secret: string, otpauth_url: string}>} */
    beginTotp: (fields) => api.post("/auth/totp", fields),
    /** @param {{code: string}} fields @returns {Promise<{recovery_codes: string[]}>} */
    confirmTotp: (fields) => api.post("/auth/totp/confirm", fields),
    /** @param {{password: string, code: string}} fields @returns {Promise<{recovery_codes: string[]}>} */
    renewCodes: (fields) => api.post("/auth/totp/recovery-codes", fields),
    /** @param {{password: string, code: string}} fields */
    endTotp: (fields) => api.delete("/auth/totp", { body: fields }),

    /** @returns {Promise<import("../domain/types.js").Login[]>} */
    logins: () => api.get("/auth/logins"),
    /** @param {number} id */
    revoke: (id) => api.delete(`/auth/logins/${id}`),
    revokeOthers: () => api.delete("/auth/logins", { query: { others: "true" } }),
    /** Here as well: the page is signed out as the server ends its connection. */
    async revokeAll() {
      await parts.actions.push.turnOff().catch(() => {});
      await api.delete("/auth/logins");
      parts.renewal.signedOut();
      parts.router.go("/", { replace: true });
    },
    /** @returns {Promise<import("../domain/api-tokens.js").ApiToken[]>} */
    tokens: () => api.get("/auth/tokens"),
    /** @param {{name: string, scopes: string[], expires_at: string|null}} fields @returns {Promise<import("../domain/api-tokens.js").ApiToken & {token: string}>} */
    makeToken: (fields) => api.post("/auth/tokens", fields),
    /** @param {number} id */
    deleteToken: (id) => api.delete(`/auth/tokens/${id}`),

    /** @returns {Promise<Preference[]>} */
    preferences: () => api.get("/notifications/preferences"),
    /** @param {string} kind @param {string} channel @param {boolean} on @returns {Promise<Preference[]>} */
    prefer: (kind, channel, on) => api.patch("/notifications/preferences", { kind, [channel]: on }),
    /** @returns {Promise<{linked: boolean}>} */
    oidcLink: () => api.get("/auth/oidc/link"),
    /** @returns {Promise<{url: string}>}  where the browser goes to show who it is */
    linkOidc: () => api.post("/auth/oidc/link"),
    unlinkOidc: () => api.delete("/auth/oidc/link"),

    /** The browser takes it as a file, however large it is; asked for first is something small, which renews an old token. */
    async exportAccount() {
      await api.get("/users/me");
      download("/api/users/me/export");
    },
    /** There is no way back. @param {{password: string}|{username: string}} proof */
    async deleteAccount(proof) {
      await parts.actions.push.turnOff().catch(() => {});
      await api.delete("/users/me", { body: proof });
      parts.renewal.signedOut();
      parts.router.go("/", { replace: true });
    },
  };
}
