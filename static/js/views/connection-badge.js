// @ts-check
/** How the connection stands, said honestly. */
import { useApp } from "./shared/app-context.js";
import { html, useState } from "./shared/html.js";
import { Icon } from "./shared/icon.js";
import { knownZone } from "../domain/days.js";
import { dateTimeText } from "../domain/format.js";
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
  if (phase === "live" || (phase !== "offline" && waiting === 0 && state.asOf === null) || (phase === "connecting" && state.asOf === null)) return null;
  const zone = knownZone(state.session.user?.timezone);
  return html`<div class="offline-notice">
    <p>
      ${waiting > 0 ? t("connection.waiting", { count: waiting }) : t(halted ? "connection.halted" : "connection.away")}
      ${state.asOf !== null && html` <span class="as-of">${t("offline.asOf", { when: dateTimeText(state.asOf, zone) })}</span>`}
    </p>
    <button type="button" class="small" onClick=${actions.live.tryAgain}>${t("connection.tryAgain")}</button>
  </div>`;
}

/** A newer version of the page is ready: offered, because only the person knows when it suits. */
export function UpdateNotice() {
  const { update } = useApp().state;
  const [later, setLater] = useState(false);
  if (!update || later) return null;
  return html`<div class="offline-notice update-notice" role="status">
    <p>${t("update.ready")}</p>
    <button type="button" class="small" onClick=${update}>${t("update.load")}</button>
    <button type="button" class="icon-button" aria-label=${t("update.later")} onClick=${() => setLater(true)}><${Icon} name="close" /></button>
  </div>`;
}
