// @ts-check
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Dialog } from "../shared/dialog.js";
import { Field, FormError } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";

/** Deleting a project cannot be undone, so its name is typed first. @param {{project: import("../../domain/types.js").Project, onClose: () => void}} props */
export function DeleteDialog({ project, onClose }) {
  const { actions, go } = useApp();
  const send = async () => {
    await actions.projects.delete(project.id);
    onClose();
    go("/projects");
  };
  const form = useForm({ values: { typed: "" }, send, prefix: "delete-" });
  const matches = form.values.typed.trim() === project.name.trim();
  return html`<${Dialog} title=${t("project.delete.title")} onClose=${onClose}>
    <form ref=${form.ref} onSubmit=${form.onSubmit}>
      <p>${t("project.delete.text")}</p>
      <${Field} ...${form.field("typed")} label=${t("project.delete.type", { name: project.name })} autocomplete="off" autocapitalize="none" spellcheck=${false} autofocus />
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions">
        <button type="submit" class="danger" disabled=${!matches || form.busy}>${t("project.delete.send")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
      </div>
    </form>
  <//>`;
}
