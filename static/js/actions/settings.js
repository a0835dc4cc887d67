// @ts-check
/** The person's own account: profile, day, privacy, password, devices. */

/** @typedef {{kind: string, in_app: boolean, email: boolean, push: boolean}} Preference */

/** @param {import("../app.js").Parts} parts */
export function createSettingsActions(parts) {
  const { api, store } = parts;
  return {
    /** @param {Record<string, any>} changes */
    async edit(changes) {
      const answer = await api.patch("/users/me", changes);
      const user = answer?.user ?? answer;
      parts.actions.sessions.changed({ ...store.get().session.user, ...user });
    },
    /** @param {{current_password: string, new_password: string}} fields */
    changePassword: (fields) => api.post("/auth/password", fields),
    /** @returns {Promise<import("../domain/types.js").Login[]>} */
    logins: () => api.get("/auth/logins"),
    /** @returns {Promise<Preference[]>} */
    preferences: () => api.get("/notifications/preferences"),
    /** @param {string} kind @param {string} channel @param {boolean} on @returns {Promise<Preference[]>} */
    prefer: (kind, channel, on) => api.patch("/notifications/preferences", { kind, [channel]: on }),
    /** @returns {Promise<{linked: boolean}>} */
    oidcLink: () => api.get("/auth/oidc/link"),
    /** @returns {Promise<{url: string}>}  where the browser goes to show who it is */
    linkOidc: () => api.post("/auth/oidc/link"),
    unlinkOidc: () => api.delete("/auth/oidc/link"),
    /** @param {number} id */
    revoke: (id) => api.delete(`/auth/logins/${id}`),
  };
}
