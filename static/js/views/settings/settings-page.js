// @ts-check
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html } from "../shared/html.js";
import { Devices } from "./devices.js";
import { LinkedAccount } from "./linked-account.js";
import { NoticesForm } from "./notices-form.js";
import { PasswordForm } from "./password-form.js";
import { PrivacyForm } from "./privacy-form.js";
import { ProfileForm } from "./profile-form.js";

/** The person's own account. */
export function SettingsPage() {
  const { state, actions } = useApp();
  const attempt = useAttempt();
  const { user } = state.session;
  if (!user) return null;
  return html`<section class="page">
    <header class="page-head">
      <div><h1 tabindex="-1">${t("settings.title")}</h1><p class="quiet">${t("settings.as", { name: user.username, email: user.email })}</p></div>
      <button type="button" disabled=${attempt.busy} onClick=${() => attempt.run(actions.sessions.logOut)}>${t("auth.logOut")}</button>
    </header>
    <div class="columns">
      <div class="stack"><${ProfileForm} user=${user} /><${PasswordForm} /><${LinkedAccount} /></div>
      <div class="stack"><${PrivacyForm} user=${user} /><${NoticesForm} /><${Devices} /></div>
    </div>
  </section>`;
}
