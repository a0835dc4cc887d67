// @ts-check
/** How the connection stands, said honestly. */
import { useApp } from "./shared/app-context.js";
import { html } from "./shared/html.js";
import { t } from "../text/t.js";

export function ConnectionBadge() {
  const { phase } = useApp().state.connection;
  return html`<span class="badge badge-${phase}" title=${t(`connection.hint.${phase}`)}>
    <i class="badge-dot"></i><span class="badge-text">${t(`connection.${phase}`)}</span>
  </span>`;
}

/** Over the page, not in it: it must not push what one is about to touch. */
export function ConnectionNotice() {
  const { state, actions } = useApp();
  const { phase, halted } = state.connection;
  const waiting = state.outbox.items.length;
  if (phase !== "offline" && !(waiting > 0 && phase === "reconnecting")) return null;
  return html`<div class="offline-notice">
    <p>${waiting > 0 ? t("connection.waiting", { count: waiting }) : t(halted ? "connection.halted" : "connection.away")}</p>
    <button type="button" class="small" onClick=${actions.live.tryAgain}>${t("connection.tryAgain")}</button>
  </div>`;
}
