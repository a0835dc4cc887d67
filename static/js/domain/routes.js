// @ts-check
/**
 * Addresses of the page.
 *
 * @typedef {{
 *   name: "today"|"history"|"reports"|"import"|"projects"|"project"|"rooms"|"room"|"board"|"streak"|"badges"|"timeline"|"person"|"notifications"|"invite"|"settings"|"admin"
 *     |"login"|"signup"|"reset"|"verify"|"unknown",
 *   id: number, code: string, path: string, search: string,
 * }} Route
 *   `id`: of a project or person; `code`: what stands in the address of an invitation, or of a room; the part of the administration.
 */

const PLACES = /** @type {const} */ (["history", "reports", "import", "projects", "rooms", "board", "streak", "badges", "timeline", "notifications", "settings", "login", "signup", "reset", "verify"]);
const ID = /^[1-9][0-9]{0,15}$/;

/**
 * @param {string} path
 * @param {string} [search]
 * @returns {Route}
 */
export function routeOf(path, search = "") {
  const parts = path.split("/").filter(Boolean);
  const route = (/** @type {Route["name"]} */ name, extra = {}) => ({ name, id: 0, code: "", path, search, ...extra });
  if (parts.length === 0) return route("today");
  if (parts[0] === "admin") return adminRoute(parts.slice(1), route);
  if (parts.length === 1) {
    return route(PLACES.find((name) => name === parts[0]) ?? "unknown");
  }
  if (parts.length === 2 && parts[0] === "projects" && ID.test(parts[1])) return route("project", { id: Number(parts[1]) });
  if (parts.length === 2 && parts[0] === "people" && ID.test(parts[1])) return route("person", { id: Number(parts[1]) });
  if (parts.length === 2 && parts[0] === "rooms") return route("room", { code: decoded(parts[1]) });
  if (parts.length === 2 && parts[0] === "invites") return route("invite", { code: decoded(parts[1]) });
  return route("unknown");
}

/** @param {string[]} parts @param {(name: Route["name"], extra?: Partial<Route>) => Route} route */
function adminRoute(parts, route) {
  const [code = "users", id] = parts;
  if (parts.length <= 1) return route("admin", { code });
  return parts.length === 2 && code === "users" && ID.test(id) ? route("admin", { code, id: Number(id) }) : route("unknown");
}

/** Where one goes after logging in: only to a place of this page. @param {string|null} next */
export function nextPath(next) {
  return next && /^\/[a-z]/.test(next) && routeOf(next).name !== "login" && routeOf(next).name !== "signup" ? next : "/";
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
