// @ts-check
/** Which page is shown. */
import { AppContext } from "./shared/app-context.js";
import { html, render, useEffect, useState } from "./shared/html.js";
import { Later, fetchPages } from "./later.js";
import { Shell } from "./shell.js";
import { ResetPage } from "./signed-out/reset-page.js";
import { LoginPage, SignupPage, Unreachable, Welcome } from "./signed-out/signed-out-pages.js";
import { VerifyPage } from "./signed-out/verify-page.js";
import { TodayPage } from "./today/today-page.js";

/** @param {HTMLElement} place @param {import("../app.js").Parts} parts */
export function mount(place, parts) {
  render(html`<${App} parts=${parts} />`, place);
}

/** @param {{parts: import("../app.js").Parts}} props */
function App({ parts }) {
  const { store, actions, router, clock } = parts;
  const [state, setState] = useState(store.get());
  useEffect(() => {
    setState(store.get()); // what happened between the first drawing and now
    return store.subscribe((next) => setState(next));
  }, []);
  const isIn = state.session.status === "in";
  useEffect(() => {
    if (isIn) whenIdle(() => void fetchPages().catch(() => {})); // who goes to one of them is told, and may try again
  }, [isIn]);
  return html`<${AppContext.Provider} value=${{ state, actions, go: router.go, now: clock.now }}>
    <${Shell}><${Page} key=${pageKey(state)} state=${state} /><//>
  <//>`;
}

/** @param {() => void} task */
function whenIdle(task) {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(task, { timeout: 3000 });
  else setTimeout(task, 1000);
}

/** @param {import("../store.js").State} state */
function pageKey({ session, route }) {
  return `${session.status}:${session.user?.id}:${route.path}`;
}

/** @param {{state: import("../store.js").State}} props */
function Page({ state: { session, route } }) {
  if (session.status === "unknown") return null;
  if (session.status === "unreachable") return html`<${Unreachable} />`;
  if (route.name === "reset") return html`<${ResetPage} />`;
  if (route.name === "verify") return html`<${VerifyPage} />`;
  if (session.status === "out") {
    if (route.name === "today" || route.name === "signup") return route.name === "today" ? html`<${Welcome} />` : html`<${SignupPage} />`;
    return html`<${LoginPage} />`;
  }
  switch (route.name) {
    case "today":
    case "login":
    case "signup":
      return html`<${TodayPage} />`;
    default:
      return html`<${Later} route=${route} />`;
  }
}
