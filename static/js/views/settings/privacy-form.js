// @ts-check
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { Select, Switch } from "../shared/field.js";
import { html, useState } from "../shared/html.js";

const PROFILES = ["public", "members", "private"];

/** What others see. Each switch is saved as it is moved. @param {{user: import("../../domain/types.js").User}} props */
export function PrivacyForm({ user }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  const [asked, setAsked] = useState({}); // shown at once, until the server has answered
  const privacy = { ...user.privacy, ...asked };
  async function set(/** @type {Record<string, any>} */ change) {
    setAsked(change);
    await attempt.run(() => actions.settings.edit({ privacy: { ...privacy, ...change } }));
    setAsked({});
  }
  const toggle = (/** @type {"leaderboards"|"show_activity"|"hide_descriptions"} */ name) => html`<${Switch} id="privacy-${name}" key=${name} label=${t(`privacy.${name}`)}
    hint=${t(`privacy.${name}.hint`)} checked=${privacy[name]} onChange=${(/** @type {boolean} */ checked) => set({ [name]: checked })} />`;
  return html`<div class="panel">
    ${toggle("leaderboards")} ${toggle("show_activity")} ${toggle("hide_descriptions")}
    <${Select} id="privacy-profile" label=${t("privacy.profile")} value=${privacy.profile} onChange=${(/** @type {string} */ profile) => set({ profile })}
      options=${PROFILES.map((value) => ({ value, label: t(`privacy.profile.${value}`) }))} />
  </div>`;
}
