// @ts-check
/**
 * One tab at a time. `navigator.locks` exists only in secure contexts; over plain http a note in localStorage stands in:
 * whoever still finds their own note after a moment has the lock, and a note older than its lease is nobody's.
 */
import { newId } from "./ids.js";

const LEASE_MS = 15_000;
const SETTLE_MS = 40;

/**
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} task
 * @param {{storage?: Storage, locks?: LockManager}} [browser]
 * @returns {Promise<T>}
 */
export async function withLock(name, task, browser = { storage: localStorage, locks: navigator.locks }) {
  if (browser.locks) return browser.locks.request(name, task);
  if (!browser.storage) return task();
  const key = `${name}.lock`;
  const owner = newId();
  await take(browser.storage, key, owner);
  try {
    return await task();
  } finally {
    if (readNote(browser.storage, key)?.owner === owner) browser.storage.removeItem(key);
  }
}

/**
 * Whether this tab is the first to ask for `what` within the last `ms`. Tabs see one another's localStorage only after a
 * moment, so a lock is held for that long; without locks, two tabs may both be told yes.
 * @param {string} name
 * @param {string} what
 * @param {number} ms
 * @param {{storage?: Storage, locks?: LockManager}} [browser]
 * @returns {Promise<boolean>}
 */
export function isFirst(name, what, ms, browser = { storage: localStorage, locks: navigator.locks }) {
  const { locks, storage } = browser;
  if (locks) {
    return new Promise((resolve) => {
      void locks.request(`${name}:${what}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock ? pause(ms) : undefined;
      });
    });
  }
  const taken = storage?.getItem(name) === what;
  storage?.setItem(name, what);
  return Promise.resolve(!taken);
}

/** @param {Storage} storage @param {string} key @param {string} owner */
async function take(storage, key, owner) {
  for (;;) {
    const note = readNote(storage, key);
    if (!note || note.until < Date.now() || note.until > Date.now() + LEASE_MS) {
      storage.setItem(key, JSON.stringify({ owner, until: Date.now() + LEASE_MS }));
      await pause(SETTLE_MS);
      if (readNote(storage, key)?.owner === owner) return;
    }
    await pause(SETTLE_MS + Math.random() * SETTLE_MS);
  }
}

/** @param {Storage} storage @param {string} key @returns {{owner: string, until: number}|null} */
function readNote(storage, key) {
  try {
    return JSON.parse(storage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
