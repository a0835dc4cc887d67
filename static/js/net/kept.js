// @ts-check
/**
 * What this browser keeps between visits, by person: the commands that wait, and the state that was last known. A change is
 * one transaction, so that tabs cannot lose each other's. Where there is no IndexedDB it is kept as long as the page.
 *
 * Transactions are committed by hand: a page that ends takes those with it that wait for their own end.
 */

const NAME = "focushub";
const STORES = /** @type {const} */ (["outboxes", "states"]);

/** @typedef {typeof STORES[number]} Store */

/** @param {IDBFactory|undefined} [factory] */
export function createKept(factory = globalThis.indexedDB) {
  /** @type {Map<string, any>} */
  const memory = new Map();
  /** @type {Promise<IDBDatabase|null>|null} */
  let opening = null;
  let lasts = false;

  /** @returns {Promise<IDBDatabase|null>} */
  function open() {
    opening ??= new Promise((resolve) => {
      try {
        const request = factory.open(NAME, 1);
        request.onupgradeneeded = () => STORES.forEach((name) => request.result.createObjectStore(name));
        request.onsuccess = () => {
          request.result.onversionchange = () => request.result.close();
          lasts = true;
          resolve(request.result);
        };
        request.onerror = () => resolve(null);
        request.onblocked = () => resolve(null);
      } catch {
        resolve(null); // a private window of some browsers
      }
    });
    return opening;
  }

  return {
    /** Whether it outlives the page. */
    lasts: () => lasts,
    /**
     * What `decide` makes of what is kept; `undefined` deletes it. Answers what is kept then.
     * @template T
     * @param {Store} store @param {number} key @param {(before: T|undefined) => T|undefined} decide
     * @returns {Promise<T|undefined>}
     */
    async change(store, key, decide) {
      const database = await open();
      if (!database) return changeIn(memory, `${store}/${key}`, decide);
      const transaction = database.transaction(store, "readwrite");
      const objects = transaction.objectStore(store);
      /** @type {T|undefined} */
      let after;
      const read = objects.get(key);
      read.onsuccess = () => {
        after = decide(read.result);
        if (after !== read.result) write(objects, key, after);
        transaction.commit?.();
      };
      await endOf(transaction);
      return after;
    },
    /**
     * Keep this, whatever was kept before; `undefined` deletes it. It lasts even if the page ends at once.
     * @param {Store} store @param {number} key @param {any} value @returns {Promise<void>}
     */
    async put(store, key, value) {
      const database = await open();
      if (!database) return void memory.set(`${store}/${key}`, value);
      const transaction = database.transaction(store, "readwrite");
      write(transaction.objectStore(store), key, value);
      transaction.commit?.();
      await endOf(transaction);
    },
    /** The person's that was kept last. @returns {Promise<any>} */
    async last() {
      const database = await open();
      /** @type {any[]} */
      const all = database ? await answerOf(database.transaction("states").objectStore("states").getAll()) : [];
      return all.sort((a, b) => b.savedAt - a.savedAt)[0] ?? null;
    },
  };
}

/** @typedef {ReturnType<typeof createKept>} Kept */

/** @param {IDBObjectStore} objects @param {number} key @param {any} value */
function write(objects, key, value) {
  if (value === undefined) objects.delete(key);
  else objects.put(value, key);
}

/** @param {Map<string, any>} memory @param {string} key @param {(before: any) => any} decide */
function changeIn(memory, key, decide) {
  const after = decide(memory.get(key));
  memory.set(key, after);
  return after;
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function endOf(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

/** @param {IDBRequest} request @returns {Promise<any>} */
function answerOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
