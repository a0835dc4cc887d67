// @ts-check
import { may } from "../../domain/projects.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { Avatar } from "../shared/avatar.js";
import { Dialog } from "../shared/dialog.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { ConfirmDialog } from "../rooms/confirm-dialog.js";

/** @typedef {import("../../domain/types.js").Member} Member @typedef {import("../../domain/types.js").Project} Project */

const ROLES = ["admin", "contributor", "viewer"];

/** Who belongs to the project, and as what. @param {{project: Project}} props */
export function Members({ project }) {
  const { state, actions, go } = useApp();
  const attempt = useAttempt();
  const [leaving, setLeaving] = useState(/** @type {Member|null} */ (null));
  const own = state.session.user?.id;
  const manages = may(project.role, "manage");
  const [heir, setHeir] = useState(/** @type {Member|null} */ (null));
  const setRole = (/** @type {Member} */ member, /** @type {string} */ role) =>
    role === "owner" ? setHeir(member) : attempt.run(() => actions.projects.setRole(project.id, member.user_id, role));
  const remove = async (/** @type {Member} */ member) => {
    const done = await attempt.run(() => actions.projects.removeMember(project.id, member.user_id));
    setLeaving(null);
    if (done && member.user_id === own) go("/projects");
  };
  return html`<section class="panel" aria-labelledby="members-title">
    <header class="panel-head"><h2 id="members-title">${t("members.title")}</h2><a href="/board?scope=project:${project.id}">${t("board.project")}</a></header>
    <ul class="people">
      ${project.members.map(
        (member) => html`<li key=${member.user_id}>
          <${Avatar} id=${member.user_id} name=${member.username} url=${member.user_id === own ? state.session.user?.avatar_url : member.avatar_url} size="small" />
          <span class="person"><a class="who" href="/people/${member.user_id}">${member.username}</a>${member.user_id === own && html` <span class="quiet">${t("member.you")}</span>`}</span>
          ${manages && member.role !== "owner" && member.user_id !== own
            ? html`<${RoleSelect} member=${member} busy=${attempt.busy} roles=${may(project.role, "transfer") ? ["owner", ...ROLES] : ROLES}
                onChange=${(/** @type {string} */ role) => setRole(member, role)} />`
            : html`<span class="role">${t(`role.${member.role}`)}</span>`}
          ${member.role !== "owner" &&
          (manages || member.user_id === own) &&
          html`<button type="button" class="icon-button" onClick=${() => setLeaving(member)}
            aria-label=${member.user_id === own ? t("member.leave") : t("member.remove", { name: member.username })}><${Icon} name="close" /></button>`}
        </li>`,
      )}
    </ul>
    ${heir &&
    html`<${ConfirmDialog} title=${t("member.heir", { name: heir.username })} text=${t("member.heir.text", { name: heir.username })} send=${t("member.heir.send")}
      onSend=${() => actions.projects.setRole(project.id, heir.user_id, "owner")} onClose=${() => setHeir(null)} />`}
    ${leaving && html`<${LeaveDialog} member=${leaving} own=${leaving.user_id === own} onSend=${() => remove(leaving)} onClose=${() => setLeaving(null)} />`}
  </section>`;
}

/** @param {{member: Member, busy: boolean, roles: string[], onChange: (role: string) => any}} props */
function RoleSelect({ member, busy, roles, onChange }) {
  const [asked, setAsked] = useState(/** @type {string|null} */ (null)); // shown at once, until the server has answered
  async function set(/** @type {string} */ role) {
    setAsked(role);
    await onChange(role);
    setAsked(null);
  }
  return html`<select class="small-select" aria-label=${t("member.role", { name: member.username })} disabled=${busy}
    onChange=${(/** @type {any} */ event) => set(event.currentTarget.value)}>
    ${roles.map((role) => html`<option key=${role} value=${role} selected=${role === (asked ?? member.role)}>${t(`role.${role}`)}</option>`)}
  </select>`;
}

/** @param {{member: Member, own: boolean, onSend: () => void, onClose: () => void}} props */
function LeaveDialog({ member, own, onSend, onClose }) {
  const title = own ? t("member.leave") : t("member.remove", { name: member.username });
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>${t(own ? "member.leave.text" : "member.remove.text")}</p>
    <div class="form-actions">
      <button type="button" class="danger" onClick=${onSend}>${title}</button>
      <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
    </div>
  <//>`;
}
