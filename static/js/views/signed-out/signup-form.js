// @ts-check
import { signupProblems } from "../../domain/account-form.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Field, FormError } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";

/** Three inputs; the time zone comes from the browser. */
export function SignupForm() {
  const { actions } = useApp();
  const form = useForm({ values: { email: "", username: "", password: "" }, check: signupProblems, send: actions.sessions.signUp });
  return html`<form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
    <${Field} ...${form.field("email")} type="email" label=${t("field.email")} autocomplete="email" inputmode="email" required />
    <${Field} ...${form.field("username")} label=${t("field.username")} hint=${t("hint.username")} autocomplete="username"
      autocapitalize="none" spellcheck=${false} required />
    <${Field} ...${form.field("password")} type="password" label=${t("field.password")} hint=${t("hint.password")} autocomplete="new-password" required />
    <${FormError} text=${form.problems[""]} />
    <button type="submit" class="primary wide" disabled=${form.busy}>${t("signup.send")}</button>
  </form>`;
}
