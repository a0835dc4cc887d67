// @ts-check
/** The address of an account: whether it is confirmed, and another one in its place. */
import { emailProblem } from "../../domain/account-form.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { Field, FormError } from "../shared/field.js";
import { useAutofocus } from "../shared/focus.js";
import { useForm } from "../shared/form.js";
import { html, useEffect, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { hasPassword, passwordGiven, withPassword } from "../shared/proof.js";

/** @param {{user: import("../../domain/types.js").User}} props */
export function EmailForm({ user }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  const [changing, setChanging] = useState(false);
  const [waits, setWaits] = useState(""); // for the link in the mail to this address to be opened
  const [sent, setSent] = useState(false);
  useEffect(() => {
    if (waits) actions.notices.toast(t("email.toast.changed"));
    setWaits("");
    setSent(false);
  }, [user.email]);
  const resend = async () => {
    if (await attempt.run(actions.settings.resendLink)) setSent(true);
  };
  const asked = (/** @type {string} */ email) => {
    setChanging(false);
    setWaits(email);
  };
  return html`<section class="panel" aria-labelledby="email-title">
    <h3 id="email-title">${t("email.title")}</h3>
    <p class="email-now"><b>${user.email}</b> <span class=${user.email_verified ? "pill pill-good" : "pill pill-warn"}>${user.email_verified && html`<${Icon} name="check" />`}${t(user.email_verified ? "email.verified" : "email.unverified")}</span></p>
    <div aria-live="polite">
      ${waits && html`<p class="note">${t("email.waits", { email: waits })}</p>`}
      ${!user.email_verified && sent && html`<p class="note">${t("email.resent", { email: user.email })}</p>`}
    </div>
    ${!user.email_verified && !sent && html`<p>${t("email.unverified.text")} <button type="button" class="text-button" disabled=${attempt.busy} onClick=${resend}>${t("email.resend")}</button></p>`}
    ${changing
      ? html`<${ChangeForm} user=${user} onAsked=${asked} onClose=${() => setChanging(false)} />`
      : hasPassword(user)
        ? html`<div class="form-actions"><button type="button" onClick=${() => setChanging(true)}>${t("email.change")}</button></div>`
        : html`<p class="hint">${t("email.change")}: ${t("password.needed")}</p>`}
  </section>`;
}

/** @param {{user: import("../../domain/types.js").User, onAsked: (email: string) => void, onClose: () => void}} props */
function ChangeForm({ user, onAsked, onClose }) {
  const { actions } = useApp();
  const values = { email: "", password: "" };
  const check = (/** @type {typeof values} */ { email, password }) => {
    const same = email.trim().toLowerCase() === user.email.toLowerCase();
    const problem = same ? "problem.email.same" : emailProblem(email);
    return { ...(problem ? { email: problem } : {}), ...passwordGiven({ password }) };
  };
  const send = async (/** @type {typeof values} */ fields) => {
    await withPassword(actions.settings.changeEmail(fields));
    onAsked(fields.email.trim());
  };
  const form = useForm({ values, check, send, prefix: "change-" });
  useAutofocus(form.ref);
  return html`<form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
    <${Field} ...${form.field("email")} type="email" label=${t("email.new")} hint=${t("email.new.hint")} autocomplete="email" autofocus />
    <${Field} ...${form.field("password")} type="password" label=${t("field.password.current")} autocomplete="current-password" />
    <${FormError} text=${form.problems[""]} />
    <div class="form-actions">
      <button type="submit" class="primary" disabled=${form.busy}>${t("email.send")}</button>
      <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
    </div>
  </form>`;
}
