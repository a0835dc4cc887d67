// @ts-check
import { explain } from "../../actions/notices.js";
import { asApiError } from "../../net/api-error.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { FormError } from "../shared/field.js";
import { html, useState } from "../shared/html.js";
import { useLinkSecret } from "./link-secret.js";

/** Where the link leads that confirms an address: one button, so that a program which looks at links does not use it up. */
export function VerifyPage() {
  const { actions } = useApp();
  const secret = useLinkSecret();
  const [done, setDone] = useState(false);
  const [problem, setProblem] = useState(secret ? "" : t("verify.ended"));
  const [busy, setBusy] = useState(false);
  async function confirm() {
    setBusy(true);
    setProblem("");
    try {
      await actions.sessions.confirmEmail(secret);
      setDone(true);
    } catch (caught) {
      const error = asApiError(caught);
      setProblem(error.code === "invalid" ? t("verify.ended") : explain(error));
    }
    setBusy(false);
  }
  return html`<section class="page narrow">
    <div class="panel">
      <h1 tabindex="-1">${t("verify.title")}</h1>
      ${done ? html`<p role="status">${t("verify.done")}</p>` : html`<p>${t("verify.text")}</p>`}
      <${FormError} text=${problem} />
      <div class="form-actions">
        ${done
          ? html`<a class="button primary" href="/">${t("verify.on")}</a>`
          : html`<button type="button" class="primary" disabled=${busy || !secret} onClick=${confirm}>${t("verify.send")}</button>`}
      </div>
    </div>
  </section>`;
}
