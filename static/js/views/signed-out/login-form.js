// @ts-check
import { loginProblems } from "../../domain/account-form.js";
import { ApiError, asApiError } from "../../net/api-error.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Field, FormError } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html, useState } from "../shared/html.js";

/** E-mail and password; a code only once the server has asked for one. */
export function LoginForm() {
  const { actions } = useApp();
  const [asksCode, setAsksCode] = useState(false);
  const send = (/** @type {{email: string, password: string, code: string}} */ values) =>
    actions.sessions.logIn(values).catch((/** @type {unknown} */ caught) => {
      const error = asApiError(caught);
      if (error.code !== "totp_required") throw error;
      setAsksCode(true);
      throw new ApiError({ code: "invalid", errors: [{ field: "code", message: t("problem.code.empty") }] });
    });
  const form = useForm({ values: { email: "", password: "", code: "" }, check: loginProblems, send });
  return html`<form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
    <${Field} ...${form.field("email")} type="email" label=${t("field.email")} autocomplete="username" inputmode="email" required />
    <${Field} ...${form.field("password")} type="password" label=${t("field.password")} autocomplete="current-password" required />
    ${asksCode && html`<${Field} ...${form.field("code")} label=${t("field.code")} hint=${t("hint.code")} autocomplete="one-time-code" autocapitalize="none" spellcheck=${false} />`}
    <${FormError} text=${form.problems[""]} />
    <button type="submit" class="primary wide" disabled=${form.busy}>${t("login.send")}</button>
  </form>`;
}
