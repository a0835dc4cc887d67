// @ts-check
/** Addresses that one's events are sent to. */

/** @typedef {import("../domain/webhooks.js").Webhook} Webhook @typedef {import("../domain/webhooks.js").Delivery} Delivery */

/** @param {import("../app.js").Parts} parts */
export function createWebhookActions({ api }) {
  return {
    /** @returns {Promise<Webhook[]>} */
    list: () => api.all("/webhooks"),
    /** @param {{url: string, events: string[], project_id?: number}} fields @returns {Promise<Webhook & {secret: string}>} */
    make: (fields) => api.post("/webhooks", fields),
    /** @param {number} id @param {{url?: string, events?: string[], active?: boolean}} changes @returns {Promise<Webhook>} */
    edit: (id, changes) => api.patch(`/webhooks/${id}`, changes),
    /** @param {number} id */
    delete: (id) => api.delete(`/webhooks/${id}`),
    /** @param {number} id @returns {Promise<{secret: string, old_secret_until: string}>} */
    newSecret: (id) => api.post(`/webhooks/${id}/secret`),
    /** @param {number} id @returns {Promise<Delivery>} */
    test: (id) => api.post(`/webhooks/${id}/test`),
    /** @param {number} id @param {string} [state] @param {string} [cursor] @returns {Promise<{rows: Delivery[], next: string|null}>} */
    deliveries: (id, state, cursor) => api.page(`/webhooks/${id}/deliveries`, { state, cursor, limit: 20 }),
    /** @param {number} id @param {number} delivery @returns {Promise<Delivery & {body: any}>} */
    delivery: (id, delivery) => api.get(`/webhooks/${id}/deliveries/${delivery}`),
    /** @param {number} id @param {number} delivery @returns {Promise<Delivery>} */
    redeliver: (id, delivery) => api.post(`/webhooks/${id}/deliveries/${delivery}/redeliver`),
  };
}
