// @ts-check
import { loginProblems } from "../../domain/account-form.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Field, FormError } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";

export function LoginForm() {
  const { actions } = useApp();
  const form = useForm({ values: { email: "", password: "" }, check: loginProblems, send: actions.sessions.logIn });
  return html`<form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
    <${Field} ...${form.field("email")} type="email" label=${t("field.email")} autocomplete="username" inputmode="email" required />
    <${Field} ...${form.field("password")} type="password" label=${t("field.password")} autocomplete="current-password" required />
    <${FormError} text=${form.problems[""]} />
    <button type="submit" class="primary wide" disabled=${form.busy}>${t("login.send")}</button>
  </form>`;
}
