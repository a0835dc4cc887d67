// @ts-check
/** One account: what there is of it, and what an administrator can do. */
import { knownZone } from "../../domain/days.js";
import { dateTimeText, durationText } from "../../domain/format.js";
import { locale, t } from "../../text/t.js";
import { NotFound } from "../not-found.js";
import { useApp } from "../shared/app-context.js";
import { Avatar } from "../shared/avatar.js";
import { html, useState } from "../shared/html.js";
import { useLoaded } from "../shared/loaded.js";
import { AccountDialogs } from "./account-dialogs.js";
import { LogLines } from "./admin-log.js";

/** @typedef {import("../../actions/admin.js").AccountDetails} Details */

/** @param {{id: number}} props */
export function AccountPage({ id }) {
  const { actions } = useApp();
  const [changes, setChanges] = useState(0);
  const { value: account, set, missing } = useLoaded(() => actions.admin.user(id), [id]);
  if (missing) return html`<${NotFound} />`;
  const changed = (/** @type {Details} */ next) => {
    set(next);
    setChanges(changes + 1); // the log has a line more
  };
  return html`<section class="page admin-page">
    <p class="crumb"><a href="/admin">${t("admin.tab.users")}</a></p>
    ${!account && html`<h1 tabindex="-1" class="quiet">${t("loading")}</h1>`}
    ${account && html`<${Known} account=${account} onChanged=${changed} />
      <section class="panel admin-panel" aria-labelledby="account-log"><h2 id="account-log">${t("admin.log.one")}</h2><${LogLines} key=${changes} userId=${id} /></section>`}
  </section>`;
}

/** @param {{account: Details, onChanged: (account: Details) => void}} props */
function Known({ account, onChanged }) {
  const { state } = useApp();
  const [open, setOpen] = useState(/** @type {"suspend"|"restore"|"role"|"delete"|null} */ (null));
  const own = account.id === state.session.user?.id;
  const suspended = account.suspended_at !== null;
  return html`<header class="page-head">
      <div class="person-title"><${Avatar} id=${account.id} name=${account.name || account.username} url=${account.avatar_url} size="large" />
        <div><h1 tabindex="-1">${account.username}</h1><p class="quiet">${account.name ? `${account.name} · ` : ""}<a href="/people/${account.id}">${t("admin.profile")}</a></p></div></div>
      ${own
        ? html`<p class="quiet">${t("admin.own")}</p>`
        : html`<div class="head-actions">
            <button type="button" onClick=${() => setOpen("role")}>${t(account.role === "admin" ? "admin.demote" : "admin.promote")}</button>
            <button type="button" onClick=${() => setOpen(suspended ? "restore" : "suspend")}>${t(suspended ? "admin.restore" : "admin.suspend")}</button>
            <button type="button" class="danger-text" onClick=${() => setOpen("delete")}>${t("action.delete")}</button>
          </div>`}
    </header>
    ${suspended && html`<p class="note note-bad"><b>${t("admin.suspended")}</b> ${account.suspended_reason || t("admin.suspended.noReason")}</p>`}
    <${Facts} account=${account} />
    ${open && html`<${AccountDialogs} open=${open} account=${account} onChanged=${onChanged} onClose=${() => setOpen(null)} />`}`;
}

/** @param {{account: Details}} props */
function Facts({ account }) {
  const zone = knownZone(useApp().state.session.user?.timezone);
  const time = (/** @type {string|null} */ instant) => (instant ? dateTimeText(Date.parse(instant), zone) : t("admin.never"));
  const number = (/** @type {number} */ of) => new Intl.NumberFormat(locale()).format(of);
  const yes = (/** @type {boolean} */ is) => t(is ? "admin.yes" : "admin.no");
  const facts = [
    ["admin.fact.email", account.email],
    ["admin.fact.verified", yes(account.email_verified)],
    ["admin.fact.role", t(`admin.role.${account.role}`)],
    ["admin.fact.created", time(account.created_at)],
    ["admin.fact.seen", time(account.last_seen_at)],
    ["admin.fact.password", yes(account.has_password)],
    ["admin.fact.totp", yes(account.totp)],
    ["admin.fact.identities", account.identities.join(", ") || t("admin.none")],
    ["admin.fact.logins", number(account.logins)],
    ["admin.fact.entries", number(account.entries)],
    ["admin.fact.tracked", durationText(account.tracked_seconds)],
    ["admin.fact.projects", number(account.projects)],
    ["admin.fact.rooms", number(account.rooms)],
  ];
  return html`<dl class="panel plain-facts">${facts.map(([key, value]) => html`<div key=${key}><dt>${t(key)}</dt><dd class="digits">${value}</dd></div>`)}</dl>`;
}
