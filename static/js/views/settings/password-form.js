// @ts-check
import { passwordProblem } from "../../domain/account-form.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Field, FormError } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";
import { withPassword } from "../shared/proof.js";

const EMPTY = { current_password: "", new_password: "" };

/** @param {typeof EMPTY} values */
function check({ current_password, new_password }) {
  /** @type {Record<string, string>} */
  const problems = {};
  if (!current_password) problems.current_password = "problem.password.empty";
  const problem = passwordProblem(new_password);
  if (problem) problems.new_password = problem;
  return problems;
}

/** Changing the password ends all other logins. */
export function PasswordForm() {
  const { actions, state } = useApp();
  const send = async (/** @type {typeof EMPTY} */ values) => {
    await withPassword(actions.settings.changePassword(values), "current_password");
    form.reset();
    actions.notices.toast(t("toast.password"));
  };
  const form = useForm({ values: EMPTY, check, send, prefix: "password-" });
  return html`<section class="panel" aria-labelledby="password-title">
    <h3 id="password-title">${t("password.title")}</h3>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <input type="text" hidden autocomplete="username" value=${state.session.user?.email} readonly />
      <${Field} ...${form.field("current_password")} type="password" label=${t("field.password.current")} autocomplete="current-password" />
      <${Field} ...${form.field("new_password")} type="password" label=${t("field.password.new")} hint=${t("hint.password")} autocomplete="new-password" />
      <${FormError} text=${form.problems[""]} />
      <button type="submit" class="primary" disabled=${form.busy}>${t("password.send")}</button>
      <p class="hint">${t("password.hint")}</p>
    </form>
  </section>`;
}
