// @ts-check
import { colorOf } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { ProjectDialog } from "./project-dialog.js";

/** @typedef {import("../../domain/types.js").Project} Project */

/** The projects one belongs to. */
export function ProjectsPage() {
  const { state, go, actions } = useApp();
  const [creating, setCreating] = useState(false);
  const [archived, setArchived] = useState(false);
  const all = state.projects ?? [];
  const open = all.filter((project) => !project.archived_at);
  const put = all.filter((project) => project.archived_at);
  const create = async (/** @type {any} */ fields) => {
    const project = await actions.projects.create(fields);
    if (project) go(`/projects/${project.id}`);
  };
  return html`<section class="page">
    <header class="page-head">
      <h1 tabindex="-1">${t("projects.title")}</h1>
      <button type="button" class="primary" onClick=${() => setCreating(true)}><${Icon} name="plus" />${t("projects.new")}</button>
    </header>
    ${state.projects && open.length === 0 && html`<div class="empty"><p><b>${t("projects.empty.title")}</b></p><p>${t("projects.empty.text")}</p></div>`}
    <ul class="cards">${open.map((project) => html`<${Card} key=${project.id} project=${project} />`)}</ul>
    ${put.length > 0 &&
    html`<div class="archived">
      <button type="button" class="text-button" aria-expanded=${String(archived)} onClick=${() => setArchived(!archived)}>
        ${t(archived ? "projects.archived.hide" : "projects.archived.show", { count: put.length })}
      </button>
      ${archived && html`<ul class="cards">${put.map((project) => html`<${Card} key=${project.id} project=${project} />`)}</ul>`}
    </div>`}
    ${creating && html`<${ProjectDialog} onSend=${create} onClose=${() => setCreating(false)} />`}
  </section>`;
}

/** @param {{project: Project}} props */
function Card({ project }) {
  const isPublic = project.visibility === "public";
  return html`<li class="card" style=${{ "--project": colorOf(project.color) }}>
    <a href="/projects/${project.id}">
      <h2>${project.name}</h2>
      <p class="quiet card-text">${project.description || " "}</p>
      <p class="card-meta">
        <span><${Icon} name=${isPublic ? "globe" : "lock"} />${t(isPublic ? "visibility.public" : "visibility.private")}</span>
        <span><${Icon} name="people" />${t("projects.members", { count: project.members.length })}</span>
        ${project.archived_at && html`<span>${t("projects.archived")}</span>`}
      </p>
    </a>
  </li>`;
}
