// @ts-check
/**
 * Webhooks as a form and as a list: which events there are, and how the sending goes.
 *
 * @typedef {{
 *   id: number, project_id: number|null, url: string, events: string[], active: boolean, created_at: string,
 *   failing_since: string|null, failures: number, disabled_at: string|null, disabled_reason: string|null, old_secret_until: string|null,
 * }} Webhook
 * @typedef {{at: string, status: number|null, duration_ms: number, error: string|null}} Try
 * @typedef {{
 *   id: number, webhook_id: number, event: string, seq: number|null, state: "waiting"|"delivered"|"failed"|"dropped", attempts: number,
 *   created_at: string, next_attempt_at: string|null, ended_at: string|null, tries: Try[],
 * }} Delivery
 */

const ALL = "*";
const OF_PROJECTS = {
  timer: ["timer:started", "timer:stopped", "timer:updated", "timer:discarded"],
  project: ["project:updated", "member:joined", "member:updated", "member:left"],
  earned: ["badge:awarded"],
};
const OWN = {
  timer: OF_PROJECTS.timer,
  entry: ["entry:created", "entry:updated", "entry:deleted", "entry:bulk"],
  project: [...OF_PROJECTS.project, "project:deleted"],
  earned: ["badge:awarded", "streak:updated"],
  news: ["notification:created", "notification:updated", "timeline:added"],
};

/** The events that may be chosen, in groups. @param {boolean} ofProject @returns {[string, string[]][]} */
export function eventGroups(ofProject) {
  return Object.entries(ofProject ? OF_PROJECTS : OWN);
}

/** A choice, after one of its boxes was set; `*` stands for all, also later ones. @param {string[]} chosen @param {string[]} events @param {boolean} on */
export function withEvents(chosen, events, on) {
  if (events.includes(ALL)) return on ? [ALL] : [];
  const rest = chosen.filter((each) => each !== ALL && !events.includes(each));
  return on ? [...rest, ...events] : rest;
}

/** Those that a project's webhook, or one's own, can have. @param {string[]} chosen @param {boolean} ofProject */
export function possibleEvents(chosen, ofProject) {
  const known = new Set([ALL, ...eventGroups(ofProject).flatMap(([, events]) => events)]);
  return chosen.filter((each) => known.has(each));
}

/** @param {{url: string, events: string[]}} values @returns {Record<string, string>} */
export function webhookProblems({ url, events }) {
  return { ...(isAddress(url.trim()) ? {} : { url: "problem.webhook.url" }), ...(events.length > 0 ? {} : { events: "problem.webhook.events" }) };
}

/** @param {string} text */
function isAddress(text) {
  try {
    const { protocol, hostname, username, password } = new URL(text);
    return /^https?:$/.test(protocol) && hostname !== "" && !username && !password;
  } catch {
    return false;
  }
}

/** @param {Webhook} webhook @returns {"off"|"stopped"|"failing"|"on"}  `stopped`: by the server */
export function stateOf({ active, disabled_reason, failures }) {
  if (!active) return disabled_reason ? "stopped" : "off";
  return failures > 0 ? "failing" : "on";
}

/** The host alone: what one knows an address by. @param {string} url */
export function hostOf(url) {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

/** What the latest attempt brought. @param {Delivery} delivery @returns {Try|null} */
export function lastTry({ tries }) {
  return tries.at(-1) ?? null;
}
