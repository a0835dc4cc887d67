// @ts-check
/** All badges: what one has, and how far one has come with the rest. */
import { badgeName, badgeText, cardsOf, progressText } from "../../domain/badges.js";
import { knownZone } from "../../domain/days.js";
import { dayYearText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html, useEffect, useMemo } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { BadgeArt } from "./badge-art.js";
import { ProgressTabs } from "./progress-tabs.js";

/** @typedef {import("../../domain/badges.js").Badge} Badge @typedef {import("../../domain/badges.js").Card} Card */

export function BadgesPage() {
  const { state, actions } = useApp();
  useEffect(() => void actions.earned.loadBadges(), []);
  const { badges } = state;
  const cards = useMemo(() => cardsOf(badges ?? []), [badges]);
  const mine = cards.filter(({ at }) => at);
  const rest = cards.filter(({ at }) => !at);
  const count = (badges ?? []).filter(({ awarded_at }) => awarded_at).length;
  return html`<section class="page badges-page">
    <header class="page-head">
      <div><h1 tabindex="-1">${t("badges.title")}</h1>${badges && html`<p class="quiet">${t("badges.count", { count, of: badges.length })}</p>`}</div>
      <${ProgressTabs} />
    </header>
    ${badges === null && html`<p class="quiet">${t("loading")}</p>`}
    ${badges && mine.length === 0 && html`<div class="empty"><p><b>${t("badges.empty.title")}</b></p><p>${t("badges.empty.text")}</p><p><a class="button" href="/"><${Icon} name="play" />${t("streak.go")}</a></p></div>`}
    ${mine.length > 0 && html`<${Cards} id="badges-mine" title=${t("badges.mine")} cards=${mine} />`}
    ${rest.length > 0 && html`<${Cards} id="badges-rest" title=${t("badges.rest")} cards=${rest} />`}
  </section>`;
}

/** @param {{id: string, title: string, cards: Card[]}} props */
function Cards({ id, title, cards }) {
  return html`<section class="badge-list" aria-labelledby=${id}>
    <h2 id=${id}>${title}</h2>
    <ul class="badge-cards">${cards.map((card) => html`<${OneCard} key=${card.key} card=${card} />`)}</ul>
  </section>`;
}

/** @param {{card: Card}} props */
function OneCard({ card: { shown, next, tiers, at } }) {
  const { state } = useApp();
  const zone = knownZone(state.session.user?.timezone);
  return html`<li class=${at ? "badge-card is-earned" : "badge-card"}>
    <${BadgeArt} badge=${shown} earned=${at !== null} />
    <div class="badge-lines">
      <h3>${badgeName(shown.name)}</h3>
      <p class="badge-what">${badgeText(shown)}</p>
      ${shown.awarded_at && html`<p class="quiet badge-when">${t("badges.earned", { date: dayYearText(Date.parse(shown.awarded_at), zone) })}</p>`}
      ${tiers.length > 1 && html`<${Tiers} tiers=${tiers} />`}
      ${next?.progress && html`<${Way} badge=${next} named=${next !== shown} />`}
    </div>
  </li>`;
}

/** @param {{tiers: Badge[]}} props */
function Tiers({ tiers }) {
  return html`<ul class="tiers">
    ${tiers.map(
      (badge) => html`<li key=${badge.key} class=${badge.awarded_at ? `tier tier-${badge.tier}` : "tier"} title=${badgeText(badge)}>
        <i aria-hidden="true"></i>${badgeName(badge.name)}<span class="sr-only">, ${t(`badges.tier.${badge.tier}`)}, ${t(badge.awarded_at ? "badges.has" : "badges.hasNot")}</span>
      </li>`,
    )}
  </ul>`;
}

/** @param {{badge: Badge, named: boolean}} props */
function Way({ badge, named }) {
  const progress = badge.progress;
  if (!progress) return null;
  const text = progressText(progress);
  return html`<div class="way">
    <p>${named ? t("badges.next", { name: badgeName(badge.name), way: text }) : text}</p>
    <div class="way-bar" role="progressbar" aria-label=${badgeName(badge.name)} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.floor(progress.share * 100)} aria-valuetext=${text}>
      <i style=${{ "--share": String(progress.share) }}></i></div>
  </div>`;
}
