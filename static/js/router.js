// @ts-check
/** Addresses without page loads: links of this page are followed in place, everything else is the browser's. */
import { routeOf } from "./domain/routes.js";

/** @param {(route: import("./domain/routes.js").Route) => void} onRoute */
export function createRouter(onRoute) {
  let shown = location.pathname;

  function show() {
    shown = location.pathname;
    onRoute(routeOf(location.pathname, location.search));
  }

  /** @param {string} path @param {{replace?: boolean}} [options] */
  function go(path, { replace = false } = {}) {
    if (path !== location.pathname + location.search) history[replace ? "replaceState" : "pushState"](null, "", path);
    const before = shown;
    show();
    if (before !== location.pathname) scrollTo(0, 0); // another choice on the same page leaves one where one is
  }

  addEventListener("popstate", show);
  document.addEventListener("click", (event) => {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!plain || event.defaultPrevented || !link || link.target || link.hasAttribute("download")) return;
    const href = link.getAttribute("href") ?? "";
    if (!href.startsWith("/") || href.startsWith("//") || routeOf(link.pathname).name === "unknown") return;
    event.preventDefault();
    go(link.pathname + link.search);
  });

  return { go, current: () => routeOf(location.pathname, location.search) };
}

/** @typedef {ReturnType<typeof createRouter>} Router */
