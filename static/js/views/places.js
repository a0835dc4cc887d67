// @ts-check
/**
 * The places of the page, in the order of the navigation. A new page is one entry here and its title in the catalogue
 * (`nav.<name>`). On a phone those with `bar` stand in the bar, at most four; the others are under "More". On a desk those with `end` stand at the foot.
 */
import { t } from "../text/t.js";
import { useApp } from "./shared/app-context.js";
import { Dialog } from "./shared/dialog.js";
import { html, useEffect, useState } from "./shared/html.js";
import { Icon } from "./shared/icon.js";
import { Install } from "./shared/install.js";
import { ThemeChoice } from "./shared/theme-choice.js";

/** @typedef {import("../store.js").State} State */

/** @type {{name: string, href: string, icon: string, has: string[], bar?: boolean, end?: boolean, only?: (user: import("../domain/types.js").User) => boolean}[]} */
export const PLACES = [
  { name: "today", href: "/", icon: "today", has: ["today"], bar: true },
  { name: "history", href: "/history", icon: "history", has: ["history", "reports", "import"], bar: true },
  { name: "projects", href: "/projects", icon: "projects", has: ["projects", "project", "invite"], bar: true },
  { name: "rooms", href: "/rooms", icon: "rooms", has: ["rooms", "room"], bar: true },
  { name: "board", href: "/board", icon: "board", has: ["board", "person"] },
  { name: "progress", href: "/streak", icon: "flame", has: ["streak", "badges", "timeline", "own profile"] },
  { name: "settings", href: "/settings", icon: "settings", has: ["settings"], end: true },
  { name: "admin", href: "/admin", icon: "shield", has: ["admin"], end: true, only: ({ role }) => role === "admin" },
];

export function Places() {
  const { state } = useApp();
  const [open, setOpen] = useState(false);
  const here = placeOf(state);
  const places = PLACES.filter(({ only }) => !only || (state.session.user !== null && only(state.session.user)));
  const rest = places.filter(({ bar }) => !bar);
  useEffect(() => setOpen(false), [state.route.path]);
  return html`<nav class="places" aria-label=${t("nav.label")}>
      ${places.map((place) => html`<${PlaceLink} key=${place.name} place=${place} here=${here} />`)}
      <button type="button" class="more-places" aria-haspopup="dialog" aria-expanded=${String(open)} data-here=${rest.some(({ has }) => has.includes(here)) || undefined}
        onClick=${() => setOpen(true)}><${Icon} name="more" /><span>${t("nav.more")}</span></button>
    </nav>
    ${open &&
    html`<${Dialog} title=${t("nav.more")} sheet onClose=${() => setOpen(false)}>
      <nav class="sheet-places" aria-label=${t("nav.more")} onClick=${() => setOpen(false)}>
        ${rest.map((place) => html`<${PlaceLink} key=${place.name} place=${place} here=${here} />`)}
      </nav>
      <${ThemeChoice} />
      <${Install} brief />
    <//>`}`;
}

/** @param {{place: typeof PLACES[number], here: string}} props */
function PlaceLink({ place: { name, href, icon, has, bar, end }, here }) {
  return html`<a href=${href} class="${bar ? "in-bar" : ""} ${end ? "at-end" : ""}" aria-current=${has.includes(here) ? "page" : undefined}>
    <${Icon} name=${icon} /><span>${t(`nav.${name}`)}</span>
  </a>`;
}

/** One's own profile is a page of one's progress. @param {State} state */
function placeOf({ route, session }) {
  return route.name === "person" && route.id === session.user?.id ? "own profile" : route.name;
}
