// @ts-check
/**
 * Keeps the page for when there is no connection, and sees when the server has a newer one: that is offered, never forced.
 * Over plain http on a LAN browsers keep nothing; there the page only asks whether it is still the newest.
 */
const WORKER = "/sw.js";
const AGAIN_MS = 60 * 60 * 1000;

/** @param {import("../app.js").Parts} parts */
export function keepVersion({ store }) {
  if (new URLSearchParams(location.search).has("unpacked")) return;
  const look = isSecureContext && "serviceWorker" in navigator ? byWorker(store) : byAsking(store);
  let lookedAt = Date.now();
  const lookAgain = () => {
    lookedAt = Date.now();
    void look().catch(() => {}); // no connection: the next one looks
  };
  store.subscribe((state, before) => {
    // The first connection, and each one after the server was away: it may have come back as another version.
    if (state.connection.phase === "live" && before.connection.phase !== "live") lookAgain();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && Date.now() - lookedAt > AGAIN_MS && lookAgain());
}

/** @param {import("../store.js").Store} store @returns {() => Promise<void>} */
function byWorker(store) {
  const workers = navigator.serviceWorker;
  const wasKept = workers.controller !== null;
  let asked = false;

  /** @param {ServiceWorker|null} waiting */
  function offer(waiting) {
    if (!waiting || !workers.controller) return; // the first of all has nothing to replace
    store.set({
      update() {
        asked = true;
        waiting.postMessage({ take: "over" });
      },
    });
  }

  workers.addEventListener("controllerchange", () => {
    if (asked) location.reload();
    else if (wasKept) store.set({ update: () => location.reload() }); // another tab has asked for it
  });

  /** @type {ServiceWorkerRegistration|null} */
  let registration = null;
  return async () => {
    if (registration) return void (await registration.update());
    const found = (registration = await workers.register(WORKER, { updateViaCache: "none" }));
    offer(found.waiting);
    found.addEventListener("updatefound", () => {
      const coming = found.installing;
      coming?.addEventListener("statechange", () => coming.state === "installed" && offer(found.waiting));
    });
  };
}

/** @param {import("../store.js").Store} store @returns {() => Promise<void>} */
function byAsking(store) {
  /** @type {string|null} */
  let first = null;
  return async () => {
    const { headers } = await fetch("/", { method: "HEAD", cache: "no-cache" });
    const tag = headers.get("ETag");
    first ??= tag;
    if (tag !== first) store.set({ update: () => location.reload() });
  };
}
