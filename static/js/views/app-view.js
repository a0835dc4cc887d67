// @ts-check
/** Which page is shown. */
import { AppContext } from "./shared/app-context.js";
import { html, render, useEffect, useState } from "./shared/html.js";
import { BadgesPage } from "./earned/badges-page.js";
import { StreakPage } from "./earned/streak-page.js";
import { BoardPage } from "./board/board-page.js";
import { NewsPage } from "./news/news-page.js";
import { PersonPage } from "./people/person-page.js";
import { TimelinePage } from "./people/timeline-page.js";
import { InvitePage } from "./projects/invite-page.js";
import { ProjectPage } from "./projects/project-page.js";
import { ProjectsPage } from "./projects/projects-page.js";
import { RoomPage } from "./rooms/room-page.js";
import { RoomsPage } from "./rooms/rooms-page.js";
import { SettingsPage } from "./settings/settings-page.js";
import { Shell } from "./shell.js";
import { ResetPage } from "./signed-out/reset-page.js";
import { LoginPage, SignupPage, Unreachable, Welcome } from "./signed-out/signed-out-pages.js";
import { VerifyPage } from "./signed-out/verify-page.js";
import { TodayPage } from "./today/today-page.js";
import { NotFound } from "./not-found.js";

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
  return html`<${AppContext.Provider} value=${{ state, actions, go: router.go, now: clock.now }}>
    <${Shell}><${Page} key=${pageKey(state)} state=${state} /><//>
  <//>`;
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
    case "projects":
      return html`<${ProjectsPage} />`;
    case "project":
      return html`<${ProjectPage} id=${route.id} />`;
    case "rooms":
      return html`<${RoomsPage} />`;
    case "room":
      return html`<${RoomPage} slug=${route.code} />`;
    case "board":
      return html`<${BoardPage} />`;
    case "streak":
      return html`<${StreakPage} />`;
    case "badges":
      return html`<${BadgesPage} />`;
    case "timeline":
      return html`<${TimelinePage} />`;
    case "person":
      return html`<${PersonPage} id=${route.id} />`;
    case "notifications":
      return html`<${NewsPage} />`;
    case "invite":
      return html`<${InvitePage} code=${route.code} />`;
    case "settings":
      return html`<${SettingsPage} />`;
    default:
      return html`<${NotFound} />`;
  }
}
