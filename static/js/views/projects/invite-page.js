// @ts-check
import { asApiError } from "../../net/api-error.js";
import { explain } from "../../actions/notices.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { FormError } from "../shared/field.js";
import { html, useState } from "../shared/html.js";

/** Where an invitation leads: one button, so that a link that is only looked at is not used up. @param {{code: string}} props */
export function InvitePage({ code }) {
  const { actions, go } = useApp();
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  async function accept() {
    setBusy(true);
    setProblem("");
    try {
      const id = await actions.projects.accept(code);
      go(id ? `/projects/${id}` : "/projects", { replace: true });
    } catch (caught) {
      const error = asApiError(caught);
      setProblem(error.code === "not_found" ? t("invite.ended") : explain(error));
      setBusy(false);
    }
  }
  return html`<section class="page narrow">
    <div class="panel">
      <h1 tabindex="-1">${t("invite.page.title")}</h1>
      <p>${t("invite.page.text")}</p>
      <${FormError} text=${problem} />
      <div class="form-actions">
        <button type="button" class="primary" disabled=${busy} onClick=${accept}>${t("invite.page.accept")}</button>
        <a class="button" href="/projects">${t("invite.page.no")}</a>
      </div>
    </div>
  </section>`;
}
