// @ts-check
import { deviceOf } from "../../domain/devices.js";
import { knownZone } from "../../domain/days.js";
import { dateTimeText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { ConfirmDialog } from "../rooms/confirm-dialog.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html, useState } from "../shared/html.js";
import { useLoaded } from "../shared/loaded.js";

/** @typedef {import("../../domain/types.js").Login} Login */

/** Where one is logged in, and the end of it. */
export function Devices() {
  const { actions } = useApp();
  const attempt = useAttempt();
  const [asking, setAsking] = useState(/** @type {"others"|"all"|null} */ (null));
  const { value: logins, set, reload } = useLoaded(actions.settings.logins);
  const revoke = async (/** @type {Login} */ login) => {
    if (await attempt.run(() => actions.settings.revoke(login.id))) set((logins ?? []).filter(({ id }) => id !== login.id));
  };
  const revokeOthers = async () => {
    await actions.settings.revokeOthers();
    await reload();
    actions.notices.toast(t("devices.toast.others"));
  };
  const others = (logins ?? []).some(({ current }) => !current);
  return html`<section class="panel" aria-labelledby="devices-title">
    <h3 id="devices-title">${t("devices.title")}</h3>
    ${!logins && html`<p class="skeleton skeleton-lines"></p>`}
    <ul class="people">${(logins ?? []).map((login) => html`<${Device} key=${login.id} login=${login} busy=${attempt.busy} onRevoke=${() => revoke(login)} />`)}</ul>
    <div class="form-actions">
      ${others && html`<button type="button" onClick=${() => setAsking("others")}>${t("devices.others")}</button>`}
      <button type="button" class="danger-text" onClick=${() => setAsking("all")}>${t("devices.all")}</button>
    </div>
    ${asking && html`<${ConfirmDialog} title=${t(`devices.${asking}`)} text=${t(`devices.${asking}.text`)} send=${t(`devices.${asking}`)}
      onSend=${asking === "all" ? actions.settings.revokeAll : revokeOthers} onClose=${() => setAsking(null)} />`}
  </section>`;
}

/** @param {{login: Login, busy: boolean, onRevoke: () => void}} props */
function Device({ login, busy, onRevoke }) {
  const zone = knownZone(useApp().state.session.user?.timezone);
  const name = nameOf(login);
  return html`<li>
    <span class="person person-lines"><b>${name}</b>
      <span class="quiet">${t("devices.seen", { time: dateTimeText(Date.parse(login.last_seen_at), zone), address: login.address ? `· ${login.address}` : "" })}</span></span>
    ${login.current
      ? html`<span class="pill pill-good">${t("devices.this")}</span>`
      : html`<button type="button" class="small" disabled=${busy} onClick=${onRevoke} aria-label=${t("devices.revoke.what", { what: name })}>${t("devices.revoke")}</button>`}
  </li>`;
}

/** @param {Login} login */
function nameOf(login) {
  const { browser, system } = deviceOf(login.user_agent ?? "");
  if (browser && system) return t("devices.name", { browser, system });
  return browser ?? system ?? (login.user_agent?.slice(0, 60) || t("devices.unknown"));
}
