// @ts-check
/** Takes somebody into a project that one manages. */
import { may } from "../../domain/projects.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Dialog } from "../shared/dialog.js";
import { FormError, Select } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html, useState } from "../shared/html.js";

const ROLES = ["contributor", "viewer", "admin"];

/** @param {{id: number, name: string}} props */
export function AddToProject({ id, name }) {
  const { state } = useApp();
  const [open, setOpen] = useState(false);
  const managed = (state.projects ?? []).filter(({ role, archived_at, members }) => may(role, "manage") && !archived_at && !members.some(({ user_id }) => user_id === id));
  if (managed.length === 0) return null;
  return html`<button type="button" onClick=${() => setOpen(true)}>${t("person.add")}</button>
    ${open && html`<${AddDialog} id=${id} name=${name} projects=${managed} onClose=${() => setOpen(false)} />`}`;
}

/** @param {{id: number, name: string, projects: import("../../domain/types.js").Project[], onClose: () => void}} props */
function AddDialog({ id, name, projects, onClose }) {
  const { actions } = useApp();
  const send = async (/** @type {{project: string, role: string}} */ { project, role }) => {
    await actions.projects.addMember(Number(project), id, role);
    actions.notices.toast(t("person.added", { name, project: projects.find((each) => each.id === Number(project))?.name ?? "" }));
    onClose();
  };
  const form = useForm({ values: { project: String(projects[0].id), role: ROLES[0] }, send, prefix: "add-" });
  const choice = (/** @type {"project"|"role"} */ field) => {
    const { id: place, value, onInput } = form.field(field);
    return { id: place, value, onChange: onInput };
  };
  return html`<${Dialog} title=${t("person.add.title", { name })} onClose=${onClose}>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <${Select} ...${choice("project")} label=${t("field.project")} options=${projects.map((project) => ({ value: String(project.id), label: project.name }))} />
      <${Select} ...${choice("role")} label=${t("invite.role")} options=${ROLES.map((value) => ({ value, label: t(`role.${value}`) }))} />
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions"><button type="submit" class="primary" disabled=${form.busy}>${t("person.add.send")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button></div>
    </form>
  <//>`;
}
