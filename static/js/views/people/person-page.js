// @ts-check
/** Somebody, as they let others see them. */
import { badgeName, badgeText, cardsOf } from "../../domain/badges.js";
import { dayOf, knownZone } from "../../domain/days.js";
import { dayYearText, durationText } from "../../domain/format.js";
import { streakAt } from "../../domain/streak.js";
import { t } from "../../text/t.js";
import { BadgeArt } from "../earned/badge-art.js";
import { ProgressTabs } from "../earned/progress-tabs.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { Avatar } from "../shared/avatar.js";
import { html, useEffect } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { AddToProject } from "./add-to-project.js";
import { Heatmap } from "./heatmap.js";
import { TimelineList } from "./timeline-list.js";

/** @typedef {import("../../actions/people.js").Profile} Profile @typedef {import("../../actions/people.js").Person} Person */

/** @param {{id: number}} props */
export function PersonPage({ id }) {
  const { state, actions } = useApp();
  useEffect(() => void actions.people.open(id), [id]);
  const person = state.person?.id === id ? state.person : null;
  if (person?.missing) {
    return html`<section class="page narrow"><h1 tabindex="-1">${t("person.missing")}</h1><p class="quiet">${t("person.missing.text")}</p>
      <p><a class="button" href="/board">${t("person.missing.go")}</a></p></section>`;
  }
  if (!person?.profile) return html`<section class="page"><h1 tabindex="-1" class="quiet">${t("loading")}</h1></section>`;
  return html`<${Known} person=${person} profile=${person.profile} own=${id === state.session.user?.id} />`;
}

/** @param {{person: Person, profile: Profile, own: boolean}} props */
function Known({ person, profile, own }) {
  const { state, now } = useApp();
  const { user } = state.session;
  const zone = knownZone(user?.timezone);
  const today = own && state.day ? state.day.date : dayOf(now(), zone, 0).date;
  const name = profile.name || profile.username;
  const cards = cardsOf(profile.badges);
  return html`<section class="page person-page">
    <header class="page-head person-head">
      <div class="person-title"><${Avatar} id=${profile.id} name=${name} url=${profile.avatar_url} size="large" />
        <div><h1 tabindex="-1">${name}</h1><p class="quiet">${profile.name && `${profile.username} · `}${t("person.since", { date: dayYearText(Date.parse(profile.joined_at), zone) })}</p></div></div>
      ${own ? html`<${ProgressTabs} />` : html`<${Relation} person=${person} name=${name} />`}
    </header>
    ${profile.totals ? html`<${Totals} profile=${profile} />` : html`<p class="note">${t("person.quiet", { name })}</p>`}
    ${profile.totals && html`<${Heatmap} days=${profile.contributions} today=${today} own=${own} />`}
    <div class="columns">
      <section class="panel" aria-labelledby="person-badges"><h2 id="person-badges">${t("badges.title")}</h2>
        ${cards.length === 0 && html`<p class="quiet">${t("person.badges.none")}</p>`}
        <ul class="person-badges">${cards.map(({ key, shown }) => html`<li key=${key} title=${badgeText(shown)}><${BadgeArt} badge=${shown} earned /><span>${badgeName(shown.name)}</span></li>`)}</ul>
      </section>
      ${person.projects.length > 0 &&
      html`<section class="panel" aria-labelledby="person-projects"><h2 id="person-projects">${t("projects.title")}</h2>
        <ul class="person-projects">${person.projects.map(({ project_id, name: title, total_time_spent }) => html`<li key=${project_id}><a href="/projects/${project_id}">${title}</a><span class="digits">${durationText(total_time_spent)}</span></li>`)}</ul>
      </section>`}
    </div>
    <section class="person-timeline" aria-labelledby="person-timeline"><h2 id="person-timeline">${t("person.timeline")}</h2>
      <${TimelineList} path="/users/${profile.id}/timeline" named=${false} empty=${html`<p class="quiet">${t("person.timeline.none")}</p>`} /></section>
  </section>`;
}

/** @param {{person: Person, name: string}} props */
function Relation({ person: { id, relation }, name }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  if (!relation) return null;
  return html`<div class="head-actions relation">
    <p class="quiet">${t("person.followers", { count: relation.followers })}${relation.follows_you ? ` · ${t("person.followsYou")}` : ""}</p>
    <${AddToProject} id=${id} name=${name} />
    <button type="button" class=${relation.following ? "" : "primary"} aria-pressed=${String(relation.following)} aria-label=${t("board.follow.who", { name })} disabled=${attempt.busy}
      onClick=${() => attempt.run(() => actions.people.follow(id, !relation.following))}><${Icon} name=${relation.following ? "check" : "plus"} />${t(relation.following ? "board.following" : "board.follow")}</button>
  </div>`;
}

/** @param {{profile: Profile}} props */
function Totals({ profile: { totals, streak } }) {
  const { now } = useApp();
  if (!totals) return null;
  const { current, longest } = streak ? streakAt(streak, now()) : { current: 0, longest: 0 };
  const facts = [
    ["person.today", durationText(totals.today_seconds)],
    ["person.week", durationText(totals.week_seconds)],
    ["person.focus", durationText(totals.focus_seconds)],
    ["person.entries", String(totals.entries)],
    ["person.streak", t("streak.days", { count: current })],
    ["person.longest", t("streak.days", { count: longest })],
  ];
  return html`<dl class="panel facts">${facts.map(([key, value]) => html`<div key=${key}><dt>${t(key)}</dt><dd class="digits">${value}</dd></div>`)}</dl>`;
}
