// @ts-check
/** Everybody who has an account here: looked for by a part of the name, or by how they stand. */
import { knownZone } from "../../domain/days.js";
import { agoText, dayYearText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Avatar } from "../shared/avatar.js";
import { html, useEffect, useState } from "../shared/html.js";
import { usePages } from "../shared/loaded.js";
import { Segments } from "../shared/segments.js";

/** @typedef {import("../../actions/admin.js").Account} Account */

const STATES = ["all", "active", "suspended", "admin"];
const TYPING_MS = 250;

export function AccountsList() {
  const { actions } = useApp();
  const [typed, setTyped] = useState("");
  const [q, setQ] = useState("");
  const [state, setState] = useState("all");
  useEffect(() => {
    const timer = setTimeout(() => setQ(typed.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const which = { q: q || undefined, state: state === "all" ? undefined : state };
  const { rows, more, busy } = usePages((cursor) => actions.admin.users({ ...which, cursor }), [q, state]);
  return html`<section class="panel admin-panel" aria-label=${t("admin.tab.users")}>
    <div class="admin-filter">
      <input type="search" value=${typed} placeholder=${t("admin.search")} aria-label=${t("admin.search")} autocomplete="off" spellcheck=${false} onInput=${(/** @type {any} */ event) => setTyped(event.currentTarget.value)} />
      <${Segments} label=${t("admin.which")} value=${state} onChange=${setState} options=${STATES.map((value) => ({ value, label: t(`admin.which.${value}`) }))} />
    </div>
    ${!rows && html`<p class="skeleton skeleton-list"></p>`}
    ${rows?.length === 0 && html`<p class="quiet" role="status">${t("admin.nobody")}</p>`}
    <ul class="accounts" aria-busy=${String(busy)}>${(rows ?? []).map((row) => html`<${Row} key=${row.id} account=${row} />`)}</ul>
    ${more && html`<button type="button" class="board-more" disabled=${busy} onClick=${more}>${t("action.more")}</button>`}
  </section>`;
}

/** @param {{account: Account}} props */
function Row({ account }) {
  const { state, now } = useApp();
  const zone = knownZone(state.session.user?.timezone);
  const { id, username, name, email, role, avatar_url, created_at, last_seen_at, suspended_at } = account;
  return html`<li class="account">
    <${Avatar} id=${id} name=${name || username} url=${avatar_url} />
    <span class="person-lines"><a class="who account-link" href="/admin/users/${id}">${username}</a><span class="quiet">${name ? `${name} · ${email}` : email}</span></span>
    <span class="pills">${role === "admin" && html`<span class="pill">${t("admin.role.admin")}</span>`}${suspended_at && html`<span class="pill pill-bad">${t("admin.suspended")}</span>`}</span>
    <span class="quiet account-seen">${last_seen_at ? t("admin.seen", { when: agoText(Date.parse(last_seen_at), now(), zone) }) : t("admin.unseen")}</span>
    <span class="quiet account-since digits">${t("admin.since", { date: dayYearText(Date.parse(created_at), zone) })}</span>
  </li>`;
}
