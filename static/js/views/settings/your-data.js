// @ts-check
/** Everything one has here: taken away as a file, or brought from elsewhere. */
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

export function YourData() {
  const { actions } = useApp();
  const attempt = useAttempt();
  return html`<section class="panel" aria-labelledby="take-away-title">
      <h3 id="take-away-title">${t("takeAway.title")}</h3>
      <p>${t("takeAway.text")}</p>
      <div class="form-actions"><button type="button" disabled=${attempt.busy} onClick=${() => attempt.run(actions.settings.exportAccount)}><${Icon} name="download" />${t("takeAway.send")}</button></div>
    </section>
    <section class="panel" aria-labelledby="move-in-title">
      <h3 id="move-in-title">${t("moveIn.title")}</h3>
      <p>${t("moveIn.text")}</p>
      <div class="form-actions"><a class="button" href="/import"><${Icon} name="upload" />${t("moveIn.go")}</a></div>
    </section>`;
}
