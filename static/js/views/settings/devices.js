// @ts-check
import { deviceOf } from "../../domain/devices.js";
import { knownZone } from "../../domain/days.js";
import { dateTimeText } from "../../domain/format.js";
import { asApiError } from "../../net/api-error.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html, useEffect, useState } from "../shared/html.js";

/** @typedef {import("../../domain/types.js").Login} Login */

/** Where one is logged in, and the end of it. */
export function Devices() {
  const { state, actions } = useApp();
  const attempt = useAttempt();
  const [logins, setLogins] = useState(/** @type {Login[]|null} */ (null));
  const zone = knownZone(state.session.user?.timezone);
  useEffect(() => {
    actions.settings.logins().then(setLogins, (error) => actions.notices.failed(asApiError(error)));
  }, []);
  const revoke = async (/** @type {Login} */ login) => {
    if (await attempt.run(() => actions.settings.revoke(login.id))) setLogins((logins ?? []).filter(({ id }) => id !== login.id));
  };
  return html`<section class="panel" aria-labelledby="devices-title">
    <h2 id="devices-title">${t("devices.title")}</h2>
    <ul class="people">
      ${(logins ?? []).map(
        (login) => html`<li key=${login.id}>
          <span class="person person-lines"><b>${nameOf(login)}</b>
            <span class="quiet">${t("devices.seen", { time: dateTimeText(Date.parse(login.last_seen_at), zone), address: login.address ? `· ${login.address}` : "" })}</span></span>
          ${login.current
            ? html`<span class="role">${t("devices.this")}</span>`
            : html`<button type="button" class="small" disabled=${attempt.busy} onClick=${() => revoke(login)} aria-label=${t("devices.revoke.what", { what: nameOf(login) })}>${t("devices.revoke")}</button>`}
        </li>`,
      )}
    </ul>
  </section>`;
}

/** @param {Login} login */
function nameOf(login) {
  const { browser, system } = deviceOf(login.user_agent ?? "");
  if (browser && system) return t("devices.name", { browser, system });
  return browser ?? system ?? (login.user_agent?.slice(0, 60) || t("devices.unknown"));
}
