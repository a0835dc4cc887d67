// @ts-check
/** The person's own account, in parts; beside them, or above, where each begins. */
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html } from "../shared/html.js";
import { useReading } from "../shared/reading.js";
import { ApiTokens } from "./api-tokens.js";
import { DeleteAccount } from "./delete-account.js";
import { Devices } from "./devices.js";
import { EmailForm } from "./email-form.js";
import { FirstPassword } from "./first-password.js";
import { LinkedAccount } from "./linked-account.js";
import { LookForm } from "./look-form.js";
import { NoticesForm } from "./notices-form.js";
import { PasswordForm } from "./password-form.js";
import { PrivacyForm } from "./privacy-form.js";
import { ProfileForm } from "./profile-form.js";
import { Totp } from "./totp.js";
import { hasPassword } from "../shared/proof.js";
import { Webhooks } from "./webhooks.js";
import { YourData } from "./your-data.js";

/** @typedef {import("../../domain/types.js").User} User */

/** @type {{id: string, draw: (user: User) => any}[]} */
const PARTS = [
  { id: "profile", draw: (user) => html`<${ProfileForm} user=${user} /><${EmailForm} user=${user} />` },
  { id: "look", draw: () => html`<${LookForm} />` },
  { id: "security", draw: (user) => html`<${hasPassword(user) ? PasswordForm : FirstPassword} user=${user} /><${Totp} /><${LinkedAccount} />` },
  { id: "devices", draw: () => html`<${Devices} /><${ApiTokens} />` },
  { id: "notifications", draw: () => html`<${NoticesForm} />` },
  { id: "privacy", draw: (user) => html`<${PrivacyForm} user=${user} />` },
  { id: "integrations", draw: () => html`<${Webhooks} />` },
  { id: "data", draw: (user) => html`<${YourData} /><${DeleteAccount} user=${user} />` },
];
const IDS = PARTS.map(({ id }) => id);

export function SettingsPage() {
  const { state, actions } = useApp();
  const attempt = useAttempt();
  const { current, go } = useReading(IDS);
  const { user } = state.session;
  if (!user) return null;
  return html`<section class="page settings-page">
    <header class="page-head">
      <div><h1 tabindex="-1">${t("settings.title")}</h1><p class="quiet">${t("settings.as", { name: user.username, email: user.email })}</p></div>
      <button type="button" disabled=${attempt.busy} onClick=${() => attempt.run(actions.sessions.logOut)}>${t("auth.logOut")}</button>
    </header>
    <div class="settings-columns">
      <nav class="settings-nav" aria-label=${t("settings.parts")}>
        ${PARTS.map(({ id }) => html`<a key=${id} href="#${id}" aria-current=${id === current ? "location" : undefined} onClick=${go}>${t(`settings.part.${id}`)}</a>`)}
        ${user.role === "admin" && html`<a class="settings-admin" href="/admin">${t("nav.admin")}</a>`}
      </nav>
      <div class="settings-parts">
        ${PARTS.map(({ id, draw }) => html`<section key=${id} id=${id} class="settings-part" aria-labelledby="part-${id}"><h2 id="part-${id}" tabindex="-1">${t(`settings.part.${id}`)}</h2>${draw(user)}</section>`)}
      </div>
    </div>
  </section>`;
}
