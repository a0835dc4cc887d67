// @ts-check
import { may } from "../../domain/projects.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { DeleteDialog } from "./delete-dialog.js";
import { ProjectDialog } from "./project-dialog.js";

/** What one may do with a project as a whole. @param {{project: import("../../domain/types.js").Project}} props */
export function ProjectActions({ project }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  const [open, setOpen] = useState(/** @type {"edit"|"delete"|null} */ (null));
  const close = () => setOpen(null);
  const archive = () => attempt.run(() => actions.projects.edit(project.id, { archived: !project.archived_at }));
  return html`<div class="head-actions">
    ${may(project.role, "edit") &&
    html`<button type="button" onClick=${() => setOpen("edit")}><${Icon} name="edit" />${t("action.edit")}</button>
      <button type="button" disabled=${attempt.busy} onClick=${archive}>${t(project.archived_at ? "project.unarchive" : "project.archive")}</button>`}
    ${may(project.role, "delete") && html`<button type="button" class="danger-text" onClick=${() => setOpen("delete")}><${Icon} name="trash" />${t("action.delete")}</button>`}
    ${open === "edit" && html`<${ProjectDialog} project=${project} onClose=${close} onSend=${(/** @type {any} */ fields) => actions.projects.edit(project.id, fields)} />`}
    ${open === "delete" && html`<${DeleteDialog} project=${project} onClose=${close} />`}
  </div>`;
}
