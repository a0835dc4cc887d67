// @ts-check
/** Each says what will happen to somebody before it does. */
import { t } from "../../text/t.js";
import { ConfirmDialog } from "../rooms/confirm-dialog.js";
import { useApp } from "../shared/app-context.js";
import { Dialog } from "../shared/dialog.js";
import { Field, FormError } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";

/** @typedef {import("../../actions/admin.js").AccountDetails} Details */
/** @typedef {{account: Details, onChanged: (account: Details) => void, onClose: () => void}} Props */

/** @param {Props & {open: "suspend"|"restore"|"role"|"delete"}} props */
export function AccountDialogs({ open, account, onChanged, onClose }) {
  const { actions } = useApp();
  const name = account.username;
  if (open === "suspend") return html`<${Suspend} account=${account} onChanged=${onChanged} onClose=${onClose} />`;
  if (open === "delete") return html`<${Delete} account=${account} onClose=${onClose} />`;
  if (open === "restore")
    return html`<${ConfirmDialog} title=${t("admin.restore.title", { name })} text=${t("admin.restore.text")} send=${t("admin.restore")} plain
      onSend=${async () => onChanged(await actions.admin.restore(account.id))} onClose=${onClose} />`;
  const promote = account.role !== "admin";
  return html`<${ConfirmDialog} title=${t(promote ? "admin.promote.title" : "admin.demote.title", { name })} text=${t(promote ? "admin.promote.text" : "admin.demote.text")}
    send=${t(promote ? "admin.promote" : "admin.demote")} plain=${promote} onSend=${async () => onChanged(await actions.admin.setRole(account.id, promote ? "admin" : "user"))} onClose=${onClose} />`;
}

/** @param {Props} props */
function Suspend({ account, onChanged, onClose }) {
  const { actions } = useApp();
  const send = async (/** @type {{reason: string}} */ { reason }) => {
    onChanged(await actions.admin.suspend(account.id, reason));
    onClose();
  };
  const form = useForm({ values: { reason: "" }, send, prefix: "suspend-" });
  return html`<${Dialog} title=${t("admin.suspend.title", { name: account.username })} onClose=${onClose}>
    <form ref=${form.ref} onSubmit=${form.onSubmit}>
      <p>${t("admin.suspend.text")}</p>
      <${Field} ...${form.field("reason")} area label=${t("admin.reason")} hint=${t("admin.reason.hint")} maxlength="500" autofocus />
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions">
        <button type="submit" class="danger" disabled=${form.busy}>${t("admin.suspend")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
      </div>
    </form>
  <//>`;
}

/** @param {{account: Details, onClose: () => void}} props */
function Delete({ account, onClose }) {
  const { actions, go } = useApp();
  const send = async () => {
    await actions.admin.deleteUser(account.id);
    onClose();
    actions.notices.toast(t("admin.toast.deleted", { name: account.username }));
    go("/admin");
  };
  const form = useForm({ values: { typed: "" }, send, prefix: "delete-" });
  return html`<${Dialog} title=${t("admin.delete.title", { name: account.username })} onClose=${onClose}>
    <form ref=${form.ref} onSubmit=${form.onSubmit}>
      <p>${t("admin.delete.text")}</p>
      <p class="quiet">${t("admin.delete.instead")}</p>
      <${Field} ...${form.field("typed")} label=${t("leave.username", { name: account.username })} autocomplete="off" autocapitalize="none" spellcheck=${false} autofocus />
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions">
        <button type="submit" class="danger" disabled=${form.values.typed.trim() !== account.username || form.busy}>${t("admin.delete.send")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
      </div>
    </form>
  <//>`;
}
