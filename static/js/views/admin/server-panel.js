// @ts-check
/** How the server is, read anew every few seconds while one looks. */
import { sizeText } from "../../domain/format.js";
import { uptimeParts } from "../../domain/uptime.js";
import { locale, t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html, useEffect } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { useLoaded } from "../shared/loaded.js";

/** @typedef {import("../../actions/admin.js").ServerState} ServerState @typedef {import("../../actions/admin.js").Dependency} Dependency */

const LOOK_MS = 10_000;

export function ServerPanel() {
  const { actions } = useApp();
  const { value: server, reload } = useLoaded(actions.admin.server);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && void reload(), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  if (!server) return html`<p class="panel skeleton skeleton-list"></p>`;
  const { days, hours, minutes } = uptimeParts(server.uptime_seconds);
  const number = (/** @type {number} */ of) => new Intl.NumberFormat(locale()).format(of);
  const facts = [
    ["admin.server.version", server.version],
    ["admin.server.uptime", days > 0 ? t("admin.uptime.days", { days, hours }) : t("admin.uptime.hours", { hours, minutes })],
    ["admin.server.users", number(server.users)],
    ["admin.server.suspended", number(server.suspended)],
    ["admin.server.seen", number(server.seen_today)],
    ["admin.server.running", number(server.running)],
    ["admin.server.entries", number(server.entries)],
    ["admin.server.projects", number(server.projects)],
    ["admin.server.rooms", number(server.rooms)],
    ["admin.server.size", sizeText(server.database_bytes)],
  ];
  return html`<dl class="panel facts">${facts.map(([key, value]) => html`<div key=${key}><dt>${t(key)}</dt><dd class="digits">${value}</dd></div>`)}</dl>
    <div class="columns">
      <section class="panel" aria-labelledby="server-needs"><h2 id="server-needs">${t("admin.server.needs")}</h2>
        <ul class="people"><${Needed} name=${t("admin.server.postgres")} of=${server.postgres} /><${Needed} name=${t("admin.server.redis")} of=${server.redis} /></ul></section>
      <${Jobs} jobs=${server.jobs} />
    </div>`;
}

/** @param {{name: string, of: Dependency}} props */
function Needed({ name, of }) {
  return html`<li><span class="person person-lines"><b>${name}</b><span class="quiet digits">${[of.version, of.ms === null ? null : t("admin.server.ms", { ms: of.ms < 10 ? Math.round(of.ms * 10) / 10 : Math.round(of.ms) })].filter(Boolean).join(" · ")}</span></span>
    <span class=${of.ok ? "pill pill-good" : "pill pill-bad"}>${of.ok && html`<${Icon} name="check" />`}${t(of.ok ? "admin.server.ok" : "admin.server.away")}</span></li>`;
}

/** @param {{jobs: ServerState["jobs"]}} props */
function Jobs({ jobs }) {
  const dead = jobs.reduce((sum, each) => sum + each.dead, 0);
  return html`<section class="panel" aria-labelledby="server-jobs"><h2 id="server-jobs">${t("admin.jobs")}</h2>
    ${dead > 0 && html`<p class="note note-bad">${t("admin.jobs.dead", { count: dead })}</p>`}
    ${jobs.length === 0 && html`<p class="quiet">${t("admin.jobs.none")}</p>`}
    ${jobs.length > 0 &&
    html`<table class="jobs"><thead><tr><th scope="col">${t("admin.jobs.kind")}</th><th scope="col">${t("admin.jobs.waiting")}</th><th scope="col">${t("admin.jobs.running")}</th><th scope="col">${t("admin.jobs.failed")}</th></tr></thead>
      <tbody>${jobs.map(({ kind, waiting, running, dead: lost }) => html`<tr key=${kind}><th scope="row"><code>${kind}</code></th><td>${waiting}</td><td>${running}</td><td class=${lost > 0 ? "error" : ""}>${lost}</td></tr>`)}</tbody></table>`}
  </section>`;
}
