// @ts-check
/**
 * REST. Same origin, by cookie; every answer that is no success becomes an `ApiError`. A 401 renews the token once and
 * asks again. Commands carry a command id, so that a repetition after a lost answer changes nothing.
 */
import { ApiError, networkError } from "./api-error.js";
import { newId } from "./ids.js";

const TIMEOUT_MS = 15_000;
const REPEATS_MS = [400, 1500];
const PAGE = 200;
const MAX_PAGES = 5;

/** @typedef {{body: any, next: string|null, unread: number|null}} Answer  `next`: the cursor of a list's next page; `unread`: of notifications. */

/**
 * @typedef {{body?: any, query?: Record<string, string|number|undefined>, ifMatch?: number, commandId?: string,
 *   anonymous?: boolean, keepalive?: boolean, timeoutMs?: number}} Options  `anonymous`: a 401 is an answer, not an ended token;
 *   `body`: JSON, or a file (a Blob with its type, or a FormData) that is sent as it is.
 * @typedef {(method: string, path: string, options?: Options) => Promise<Answer>} Request
 */

/**
 * @param {{renew: (since: number) => Promise<boolean>, fetch?: typeof fetch, pause?: (ms: number) => Promise<void>}} around
 *   `renew` answers whether the login goes on.
 */
export function createApi({ renew, fetch: fetchOf = fetch.bind(globalThis), pause = pauseMs }) {
  /** @type {Request} */
  async function request(method, path, options = {}) {
    const command = method === "GET" ? undefined : (options.commandId ?? newId());
    let renewed = false;
    for (let attempt = 0; ; attempt += 1) {
      const since = Date.now();
      try {
        return await once(method, path, options, command);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.code === "unauthenticated" && !options.anonymous && !renewed) {
          renewed = true;
          if (await renew(since)) continue;
          throw error;
        }
        const again = (error.code === "network" || error.code === "unavailable") && attempt < REPEATS_MS.length;
        if (!again || options.anonymous) throw error;
        await pause(error.retryAfterS ? Math.min(error.retryAfterS, 5) * 1000 : REPEATS_MS[attempt]);
      }
    }
  }

  /** @param {string} method @param {string} path @param {Options} options @param {string|undefined} command */
  async function once(method, path, { body, query, ifMatch, keepalive, timeoutMs = TIMEOUT_MS }, command) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json" };
    const isFile = body instanceof Blob || body instanceof FormData;
    if (body instanceof Blob) headers["Content-Type"] = body.type;
    else if (body !== undefined && !isFile) headers["Content-Type"] = "application/json"; // of a form, the browser says it
    if (command && !path.startsWith("/auth/")) headers["Idempotency-Key"] = command;
    if (ifMatch !== undefined) headers["If-Match"] = `"${ifMatch}"`;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    try {
      const response = await fetchOf(addressOf(path, query), {
        method,
        headers,
        body: body === undefined || isFile ? body : JSON.stringify(body),
        credentials: "same-origin",
        cache: "no-cache",
        keepalive,
        signal: abort.signal,
      });
      return await read(response);
    } catch (error) {
      throw error instanceof ApiError ? error : networkError();
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param {string} method @param {string} path @param {Options} [options] @returns {Promise<any>} */
  const bodyOf = async (method, path, options) => (await request(method, path, options)).body;

  return {
    /** @param {string} path @param {Options["query"]} [query] @param {Options} [options] */
    get: (path, query, options) => bodyOf("GET", path, { ...options, query }),
    /** One page of a list, and the cursor of the next. @param {string} path @param {Options["query"]} [query] @returns {Promise<{rows: any[], next: string|null, unread: number|null}>} */
    async page(path, query) {
      const { body, next, unread } = await request("GET", path, { query });
      return { rows: body, next, unread };
    },
    /** A list with all its pages, within reason. @param {string} path @param {Options["query"]} [query] @returns {Promise<any[]>} */
    async all(path, query) {
      const rows = [];
      let cursor;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const { body, next } = await request("GET", path, { query: { ...query, limit: PAGE, cursor } });
        rows.push(...body);
        if (!next) break;
        cursor = next;
      }
      return rows;
    },
    /** @param {string} path @param {any} [body] @param {Options} [options] */
    post: (path, body, options) => bodyOf("POST", path, { ...options, body }),
    /** @param {string} path @param {any} body @param {Options} [options] */
    patch: (path, body, options) => bodyOf("PATCH", path, { ...options, body }),
    /** @param {string} path @param {any} body @param {Options} [options] */
    put: (path, body, options) => bodyOf("PUT", path, { ...options, body }),
    /** @param {string} path @param {Options} [options] */
    delete: (path, options) => bodyOf("DELETE", path, options),
  };
}

/** @typedef {ReturnType<typeof createApi>} Api */

/** @param {Response} response @returns {Promise<Answer>} */
async function read(response) {
  const type = response.headers.get("Content-Type") ?? "";
  const body = /\bjson\b/.test(type) ? await response.json() : null;
  if (response.ok) {
    const unread = response.headers.get("X-Unread-Count");
    return { body, next: response.headers.get("X-Next-Cursor"), unread: unread === null ? null : Number(unread) };
  }
  const wait = Number(response.headers.get("Retry-After"));
  const problem = body && typeof body.code === "string" ? body : { code: response.status === 401 ? "unauthenticated" : "unavailable" };
  throw new ApiError({ ...problem, status: response.status, retry_after_s: Number.isFinite(wait) && wait > 0 ? wait : undefined });
}

/** @param {string} path @param {Options["query"]} [query] */
function addressOf(path, query) {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
  return `/api${path}${text ? `?${text}` : ""}`;
}

/** @param {number} ms @returns {Promise<void>} */
function pauseMs(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
