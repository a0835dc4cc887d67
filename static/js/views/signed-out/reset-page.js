// @ts-check
/** A forgotten password: ask for a link, and what the link leads to. */
import { newPasswordProblems, resetProblems } from "../../domain/account-form.js";
import { ApiError, asApiError } from "../../net/api-error.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Field, FormError } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html, useState } from "../shared/html.js";
import { useLinkSecret } from "./link-secret.js";

export function ResetPage() {
  const secret = useLinkSecret();
  return html`<section class="page auth-page">
    <div class="panel auth">
      <h1 tabindex="-1">${t("reset.title")}</h1>
      ${secret ? html`<${NewPasswordForm} secret=${secret} />` : html`<${AskForm} />`}
      <p class="quiet"><a href="/login">${t("auth.logIn")}</a></p>
    </div>
  </section>`;
}

function AskForm() {
  const { actions } = useApp();
  const [asked, setAsked] = useState(false);
  const send = async (/** @type {{email: string}} */ values) => {
    await actions.sessions.askReset(values);
    setAsked(true);
  };
  const form = useForm({ values: { email: "" }, check: resetProblems, send });
  if (asked) return html`<p role="status">${t("reset.asked")}</p>`;
  return html`<form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
    <p>${t("reset.text")}</p>
    <${Field} ...${form.field("email")} type="email" label=${t("field.email")} autocomplete="username" inputmode="email" required />
    <${FormError} text=${form.problems[""]} />
    <button type="submit" class="primary wide" disabled=${form.busy}>${t("reset.ask")}</button>
  </form>`;
}

/** @param {{secret: string}} props */
function NewPasswordForm({ secret }) {
  const { actions } = useApp();
  const [done, setDone] = useState(false);
  const send = async (/** @type {{new_password: string}} */ { new_password }) => {
    await actions.sessions.setPassword(secret, new_password).catch((/** @type {unknown} */ caught) => {
      const error = asApiError(caught);
      if (!error.errors.some(({ field }) => field === "token")) throw error;
      throw new ApiError({ code: "invalid", message: t("reset.ended") });
    });
    setDone(true);
  };
  const form = useForm({ values: { new_password: "" }, check: newPasswordProblems, send });
  if (done) return html`<p role="status">${t("reset.done")}</p>`;
  return html`<form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
    <${Field} ...${form.field("new_password")} type="password" label=${t("field.password.new")} hint=${t("hint.password")} autocomplete="new-password" required />
    <p class="hint">${t("reset.hint")}</p>
    <${FormError} text=${form.problems[""]} />
    <button type="submit" class="primary wide" disabled=${form.busy}>${t("reset.send")}</button>
  </form>`;
}
