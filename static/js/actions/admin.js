// @ts-check
/** What administrators do: accounts, badges, and a look at the server. */

/**
 * @typedef {{
 *   id: number, username: string, email: string, name: string, role: "user"|"admin", avatar_url: string|null, created_at: string,
 *   last_seen_at: string|null, suspended_at: string|null, suspended_reason: string|null,
 * }} Account
 * @typedef {Account & {
 *   email_verified: boolean, has_password: boolean, totp: boolean, identities: string[], logins: number, entries: number,
 *   tracked_seconds: number, projects: number, rooms: number,
 * }} AccountDetails
 * @typedef {{id: number, at: string, admin: {id: number, username: string}, action: string, user: {id: number, username: string}, detail: string}} LogLine
 * @typedef {{ok: boolean, ms: number|null, version: string|null}} Dependency
 * @typedef {{
 *   version: string, started_at: string, uptime_seconds: number, postgres: Dependency, redis: Dependency, users: number, suspended: number,
 *   seen_today: number, projects: number, rooms: number, running: number, entries: number, database_bytes: number,
 *   jobs: {kind: string, waiting: number, running: number, dead: number}[],
 * }} ServerState
 * @typedef {import("../domain/badges.js").Badge & {criteria: import("../domain/criteria.js").Criteria}} KnownBadge
 */

/** @param {import("../app.js").Parts} parts */
export function createAdminActions({ api }) {
  return {
    /** @param {{q?: string, state?: string, cursor?: string}} which @returns {Promise<{rows: Account[], next: string|null}>} */
    users: (which) => api.page("/admin/users", which),
    /** @param {number} id @returns {Promise<AccountDetails>} */
    user: (id) => api.get(`/admin/users/${id}`),
    /** @param {number} id @param {"user"|"admin"} role @returns {Promise<AccountDetails>} */
    setRole: (id, role) => api.patch(`/admin/users/${id}`, { role }),
    /** @param {number} id @param {string} reason @returns {Promise<AccountDetails>} */
    suspend: (id, reason) => api.post(`/admin/users/${id}/suspend`, reason.trim() ? { reason: reason.trim() } : {}),
    /** @param {number} id @returns {Promise<AccountDetails>} */
    restore: (id) => api.post(`/admin/users/${id}/restore`),
    /** @param {number} id */
    deleteUser: (id) => api.delete(`/admin/users/${id}`),
    /** @param {{user_id?: number, cursor?: string}} which @returns {Promise<{rows: LogLine[], next: string|null}>} */
    log: (which) => api.page("/admin/log", which),
    /** @returns {Promise<ServerState>} */
    server: () => api.get("/admin/server"),
    /** @returns {Promise<KnownBadge[]>} */
    badges: () => api.get("/badges"),
    /** @param {Record<string, any>} fields @returns {Promise<KnownBadge>} */
    makeBadge: (fields) => api.post("/badges", fields),
    /** @param {number} id @param {Record<string, any>} changes @returns {Promise<KnownBadge>} */
    editBadge: (id, changes) => api.patch(`/badges/${id}`, changes),
    /** @param {number} id */
    deleteBadge: (id) => api.delete(`/badges/${id}`),
    /** @param {number} id @param {Blob} picture @returns {Promise<{image_url: string}>} */
    setBadgeImage(id, picture) {
      const form = new FormData();
      form.append("image", picture, "picture");
      return api.put(`/badges/${id}/image`, form, { timeoutMs: 60_000 });
    },
    /** @param {number} id */
    removeBadgeImage: (id) => api.delete(`/badges/${id}/image`),
  };
}
