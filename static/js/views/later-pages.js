// @ts-check
/** The pages that are not needed first: loaded as one, right after the first page stands or when somebody goes to one. */
import { AdminPage } from "./admin/admin-page.js";
import { BadgesPage } from "./earned/badges-page.js";
import { StreakPage } from "./earned/streak-page.js";
import { HistoryPage } from "./history/history-page.js";
import { ImportPage } from "./imports/import-page.js";
import { ReportsPage } from "./reports/reports-page.js";
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
import { NotFound } from "./not-found.js";
import { html } from "./shared/html.js";

/** @param {{route: import("../domain/routes.js").Route}} props */
export function LaterPage({ route }) {
  switch (route.name) {
    case "history":
      return html`<${HistoryPage} />`;
    case "reports":
      return html`<${ReportsPage} />`;
    case "import":
      return html`<${ImportPage} />`;
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
    case "admin":
      return html`<${AdminPage} />`;
    default:
      return html`<${NotFound} />`;
  }
}
