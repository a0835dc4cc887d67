// @ts-check
/** Leaving for good: what becomes of everything is said, and then the password is asked for. */
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Dialog } from "../shared/dialog.js";
import { Field, FormError } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html, useState } from "../shared/html.js";
import { hasPassword, withPassword } from "../shared/proof.js";

/** @typedef {import("../../domain/types.js").User} User */

/** @param {{user: User}} props */
export function DeleteAccount({ user }) {
  const [open, setOpen] = useState(false);
  return html`<section class="panel panel-danger" aria-labelledby="delete-title">
    <h3 id="delete-title">${t("leave.title")}</h3>
    <p>${t("leave.short")}</p>
    <div class="form-actions"><button type="button" class="danger-text" onClick=${() => setOpen(true)}>${t("leave.open")}</button></div>
    ${open && html`<${DeleteDialog} user=${user} onClose=${() => setOpen(false)} />`}
  </section>`;
}

/** @param {{user: User, onClose: () => void}} props */
function DeleteDialog({ user, onClose }) {
  const { actions } = useApp();
  const without = !hasPassword(user); // who has always signed in by a provider
  const values = { password: "", username: "" };
  const send = (/** @type {typeof values} */ { password, username }) => withPassword(actions.settings.deleteAccount(without ? { username: username.trim() } : { password }));
  const form = useForm({ values, send, prefix: "leave-" });
  const ready = form.values.username.trim() === user.username && (without || form.values.password !== "");
  return html`<${Dialog} title=${t("leave.title")} wide onClose=${onClose}>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <p>${t("leave.text")}</p>
      <ul class="dots">
        <li>${t("leave.goes")}</li>
        <li>${t("leave.heirs")}</li>
        <li>${t("leave.stays")}</li>
      </ul>
      <p><b>${t("leave.export")}</b></p>
      <${Field} ...${form.field("username")} label=${t("leave.username", { name: user.username })} autocomplete="off" autocapitalize="none" spellcheck=${false} autofocus />
      ${!without && html`<${Field} ...${form.field("password")} type="password" label=${t("field.password.current")} autocomplete="current-password" />`}
      ${without && html`<p class="hint">${t("leave.without.text")}</p>`}
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions">
        <button type="submit" class="danger" disabled=${!ready || form.busy}>${t("leave.send")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
      </div>
    </form>
  <//>`;
}
