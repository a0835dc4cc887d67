// @ts-check
/**
 * Keeps the login alive: renews the access token before its end, one tab at a time, and tells the other tabs.
 * The token itself is only in memory; localStorage holds when it was got, nothing secret.
 */
import { decide, readStamp, renewIn, retryIn } from "../domain/session.js";
import { ApiError } from "./api-error.js";
import { withLock } from "./locks.js";

const STAMP = "focushub.token_got";
const LOCK = "focushub-refresh";

/**
 * @param {{
 *   post: () => Promise<{access_token: string, expires_in: number}>,
 *   onToken: (token: string) => void, onSignedOut: () => void, onSignedIn: () => void,
 * }} around
 */
export function createRenewal({ post, onToken, onSignedOut, onSignedIn }) {
  /** @type {{value: string, at: number}|null} */
  let token = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  /** @type {Promise<boolean>|null} */
  let running = null;
  let failures = 0;
  let active = false;
  const others = typeof BroadcastChannel === "function" ? new BroadcastChannel("focushub-login") : null;

  others?.addEventListener("message", ({ data }) => {
    if (data?.is === "signed out" && active) stop(onSignedOut);
    else if (data?.is === "signed in" && !active) onSignedIn();
    else if (data?.is === "renewed" && active) keep(data.token, data.at);
  });

  const stamp = () => readStamp(localStorage.getItem(STAMP));

  /** @param {string} value @param {number} at */
  function keep(value, at) {
    token = { value, at };
    failures = 0;
    schedule();
    onToken(value);
  }

  function schedule() {
    clearTimeout(timer);
    if (active) timer = setTimeout(() => void renew(Date.now(), true), failures ? retryIn(failures - 1) : renewIn(stamp(), Date.now()));
  }

  /** @param {() => void} then */
  function stop(then) {
    active = false;
    token = null;
    clearTimeout(timer);
    then();
  }

  /** @param {{access_token: string, expires_in: number}} answer */
  function got({ access_token, expires_in }) {
    const at = Date.now();
    localStorage.setItem(STAMP, JSON.stringify({ at, expiresIn: expires_in }));
    others?.postMessage({ is: "renewed", token: access_token, at });
    keep(access_token, at);
  }

  /**
   * Answers whether the login goes on; rejects with a network error when nobody knows.
   * @param {number} since  when the trouble was met, local ms
   * @param {boolean} needsToken
   * @returns {Promise<boolean>}
   */
  function renew(since, needsToken) {
    running ??= withLock(LOCK, async () => {
      if (decide({ stamp: stamp(), since, needsToken, token, now: Date.now() }) === "done") return true;
      try {
        got(await post());
        return true;
      } catch (error) {
        if (error instanceof ApiError && (error.code === "unauthenticated" || error.status === 401 || error.status === 403)) return false;
        throw error;
      }
    })
      .then((goesOn) => {
        if (goesOn) return true;
        if ((stamp()?.at ?? 0) >= since) return true; // somebody has logged in while this was asked
        signedOut();
        return false;
      })
      .finally(() => {
        running = null;
      });
    running.catch(() => {
      failures += 1;
      schedule();
    });
    return running;
  }

  function signedOut() {
    localStorage.removeItem(STAMP);
    others?.postMessage({ is: "signed out" });
    stop(onSignedOut);
  }

  return {
    renew,
    signedOut,
    /** A login that this page made itself. @param {{access_token: string, expires_in: number}} answer */
    signedIn(answer) {
      active = true;
      got(answer);
      others?.postMessage({ is: "signed in" });
    },
    /** Whether somebody was signed in when this browser was last used here. */
    known: () => stamp() !== null,
    /** After sleep the timer may be late: the token is renewed now if that is due. */
    woke: schedule,
    /** A login found by its cookie: the token's age is in the stamp, or unknown. */
    found() {
      active = true;
      schedule();
    },
  };
}
