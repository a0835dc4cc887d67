// @ts-check
/** What is around every page: header, navigation, notices, and the line that screen readers hear. */
import { useApp } from "./shared/app-context.js";
import { Bell } from "./news/bell.js";
import { ConnectionBadge, ConnectionNotice, UpdateNotice } from "./connection-badge.js";
import { html, useEffect, useRef } from "./shared/html.js";
import { Mark } from "./shared/icon.js";
import { MiniRoom } from "./mini-room.js";
import { MiniTimer } from "./mini-timer.js";
import { RefusedCards } from "./refused-cards.js";
import { ShortcutsDialog } from "./shortcuts-dialog.js";
import { Places } from "./places.js";
import { withNext } from "./signed-out/signed-out-pages.js";
import { Toasts } from "./toasts.js";
import { t } from "../text/t.js";

/** @param {{children: any}} props */
export function Shell({ children }) {
  const { state } = useApp();
  const signedIn = state.session.status === "in";
  useFocusOnNewPage(`${state.session.status}:${state.route.path}`);
  return html`<div class=${signedIn ? "app signed-in" : "app"}>
    <a class="skip" href="#main">${t("skip")}</a>
    <header class="top">
      <a class="brand" href="/" aria-label=${t("brand.home")}><${Mark} /><span>FocusHub</span></a>
      ${signedIn && html`<${Places} />`}
      <div class="top-end">
        ${signedIn && html`<${MiniRoom} /><${MiniTimer} /><${Bell} /><${ConnectionBadge} />`}
        ${state.session.status === "out" && html`<${SignedOutLinks} here=${state.route.name} />`}
      </div>
    </header>
    <main id="main" tabindex="-1">${signedIn && html`<${RefusedCards} />`}${children}</main>
    <${UpdateNotice} />
    ${signedIn && html`<${ConnectionNotice} />`}
    <${Toasts} />
    ${state.help && html`<${ShortcutsDialog} />`}
    <p class="sr-only" role="status" aria-live="polite">${state.said}</p>
  </div>`;
}

/** @param {{here: string}} props */
function SignedOutLinks({ here }) {
  return here === "today" || here === "signup"
    ? html`<a class="button quiet-button" href=${withNext("/login")}>${t("auth.logIn")}</a>`
    : html`<a class="button quiet-button" href=${withNext("/signup")}>${t("auth.signUp")}</a>`;
}

/** Following a link moves the focus to the new page's heading, as a page load would. @param {string} page */
function useFocusOnNewPage(page) {
  const first = useRef(true);
  useEffect(() => {
    if (page.startsWith("unknown")) return;
    if (!first.current) /** @type {HTMLElement|null} */ (document.querySelector("main h1"))?.focus({ preventScroll: true });
    first.current = false;
  }, [page]);
}
