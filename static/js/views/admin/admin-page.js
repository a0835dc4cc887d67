// @ts-check
/** For administrators: accounts, badges, the server, and who did what. */
import { t } from "../../text/t.js";
import { NotFound } from "../not-found.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { AccountPage } from "./account-page.js";
import { AccountsList } from "./accounts-list.js";
import { BadgesAdmin } from "./badges-admin.js";
import { AdminLog } from "./admin-log.js";
import { ServerPanel } from "./server-panel.js";

const TABS = ["users", "badges", "server", "log"];

export function AdminPage() {
  const { state } = useApp();
  const { code, id } = state.route;
  if (state.session.user?.role !== "admin" || !TABS.includes(code)) return html`<${NotFound} />`;
  if (code === "users" && id) return html`<${AccountPage} id=${id} />`;
  return html`<section class="page admin-page">
    <header class="page-head">
      <h1 tabindex="-1">${t("admin.title")}</h1>
      <nav class="tabs" aria-label=${t("admin.title")}>
        ${TABS.map((tab) => html`<a key=${tab} href=${tab === "users" ? "/admin" : `/admin/${tab}`} aria-current=${tab === code ? "page" : undefined}>${t(`admin.tab.${tab}`)}</a>`)}
      </nav>
    </header>
    ${code === "users" && html`<${AccountsList} />`} ${code === "badges" && html`<${BadgesAdmin} />`}
    ${code === "server" && html`<${ServerPanel} />`} ${code === "log" && html`<${AdminLog} />`}
  </section>`;
}
