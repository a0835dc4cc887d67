// What the server pushes to this browser, shown by the system; a click leads to the page that it is about. It keeps no pages.
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
