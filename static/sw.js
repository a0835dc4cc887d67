// The page as of one version, for when there is no connection; and what the server pushes to this browser. It keeps no
// answer of the API. The server puts `self.SHELL` before this: the version, its files, and the first parts of its addresses.
const shell = self.SHELL ?? null;
const PREFIX = "focushub-";
const NAME = `${PREFIX}${shell?.version}`;
const PAGE = "/";

self.addEventListener("install", (event) => event.waitUntil(shell ? keep() : Promise.resolve()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));

// A new version waits until every page of the old one is gone, or somebody asks for it.
self.addEventListener("message", (event) => {
  if (event.data?.take === "over") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (!shell || event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") {
    const [, first] = url.pathname.split("/");
    if (shell.pages.includes(first) && !url.searchParams.has("unpacked")) event.respondWith(kept(PAGE, event.request));
  } else if (shell.files.includes(url.pathname)) {
    event.respondWith(kept(url.pathname, event.request));
  }
});

/** All or nothing: a page that names another version than this one is of no use here. */
async function keep() {
  const page = await fetch(PAGE, { cache: "no-cache" });
  const text = page.ok ? await page.clone().text() : "";
  if (!text.includes(shell.first)) throw new Error("The server has another version by now.");
  const cache = await caches.open(NAME);
  await cache.addAll(shell.files);
  await cache.put(PAGE, page);
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== NAME).map((name) => caches.delete(name)));
}

async function kept(path, request) {
  const cache = await caches.open(NAME);
  return (await cache.match(path, { ignoreVary: true })) ?? fetch(request);
}

self.addEventListener("push", (event) => {
  const { id, title, body, url } = event.data?.json() ?? {};
  const options = { body, tag: `news:${id}`, data: { url }, icon: "/static/img/icon-192.png" };
  event.waitUntil(self.registration.showNotification(title ?? "FocusHub", options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(new URL(event.notification.data?.url ?? "/", self.location.origin)));
});

/** In a window that is open already, if there is one. */
async function open(url) {
  const path = url.origin === self.location.origin ? url.pathname + url.search : "/";
  const [page] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!page) return self.clients.openWindow(path);
  await page.focus();
  return page.postMessage({ go: path });
}
