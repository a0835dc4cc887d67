// @ts-check
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

/** Who may see the project, and what that means. @param {{project: import("../../domain/types.js").Project}} props */
export function Visibility({ project }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  const [asked, setAsked] = useState(/** @type {string|null} */ (null)); // shown at once, until the server has answered
  const shown = asked ?? project.visibility;
  async function set(/** @type {"private"|"public"} */ value) {
    setAsked(value);
    await attempt.run(() => actions.projects.setVisibility(project.id, value));
    setAsked(null);
  }
  return html`<section class="panel">
    <fieldset class="choices" disabled=${attempt.busy}>
      <legend><h2>${t("visibility.title")}</h2></legend>
      ${/** @type {const} */ (["private", "public"]).map(
        (value) => html`<label key=${value} class="choice">
          <input type="radio" name="visibility" value=${value} checked=${shown === value} onChange=${() => set(value)} />
          <span><b><${Icon} name=${value === "public" ? "globe" : "lock"} />${t(`visibility.${value}`)}</b>
            <span class="quiet">${t(`visibility.${value}.text`)}</span></span>
        </label>`,
      )}
    </fieldset>
  </section>`;
}
