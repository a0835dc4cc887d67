// @ts-check
/** One project, live: who is tracking time on it now, who belongs to it, and how it is set. */
import { colorOf } from "../../domain/format.js";
import { may } from "../../domain/projects.js";
import { t } from "../../text/t.js";
import { NotFound } from "../not-found.js";
import { useApp } from "../shared/app-context.js";
import { html, useEffect } from "../shared/html.js";
import { useAttempt } from "../shared/attempt.js";
import { Icon } from "../shared/icon.js";
import { Invites } from "./invites.js";
import { Members } from "./members.js";
import { ProjectActions } from "./project-actions.js";
import { TrackingNow } from "./tracking-now.js";
import { Visibility } from "./visibility.js";

/** @param {{id: number}} props */
export function ProjectPage({ id }) {
  const { state, actions } = useApp();
  const attempt = useAttempt();
  useEffect(() => {
    actions.live.openProject(id);
    return () => actions.live.closeProject(id);
  }, [id]);
  const live = state.live?.id === id ? state.live : null;
  if (live?.missing) return html`<${NotFound} />`;
  const listed = state.projects?.find((each) => each.id === id);
  const known = live?.project ?? listed;
  if (!live || !known) return html`<section class="page"><h1 tabindex="-1" class="quiet">${t("loading")}</h1></section>`;
  const project = { ...known, role: listed?.role ?? known.role };
  return html`<section class="page" style=${{ "--project": colorOf(project.color) }}>
    <p class="crumb"><a href="/projects">${t("projects.title")}</a></p>
    <header class="page-head project-head">
      <div>
        <h1 tabindex="-1">${project.name}</h1>
        ${project.description && html`<p class="quiet">${project.description}</p>`}
        ${project.archived_at && html`<p class="note">${t("project.archived.note")}</p>`}
      </div>
      ${project.role ? html`<${ProjectActions} project=${project} />` : html`<${Join} project=${project} attempt=${attempt} />`}
    </header>
    ${!project.role && html`<${Visitor} project=${project} />`}
    <div class="columns">
      <${TrackingNow} running=${live.running} project=${project} />
      <${Members} project=${project} />
      ${may(project.role, "invite") && html`<div class="stack"><${Invites} project=${project} /><${Visibility} project=${project} /></div>`}
    </div>
  </section>`;
}

/** What somebody reads who came by a link and belongs to it not yet. @param {{project: import("../../domain/types.js").Project}} props */
function Visitor({ project }) {
  const owner = project.members.find(({ user_id }) => user_id === project.owner_id);
  return html`<p class="note visitor"><${Icon} name="globe" /><span><b>${t("project.visitor", { owner: owner?.username ?? t("member.unknown") })}</b> ${t(project.archived_at ? "project.visitor.archived" : "project.visitor.text")}</span></p>`;
}

/** @param {{project: import("../../domain/types.js").Project, attempt: ReturnType<typeof useAttempt>}} props */
function Join({ project, attempt }) {
  const { actions } = useApp();
  return html`<button type="button" class="primary" disabled=${attempt.busy} onClick=${() => attempt.run(() => actions.projects.join(project.id))}>
    <${Icon} name="plus" />${t("project.join")}
  </button>`;
}
