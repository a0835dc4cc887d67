// @ts-check
/** Whose timer runs on this project at this moment. */
import { clockText } from "../../domain/format.js";
import { may } from "../../domain/projects.js";
import { secondsOf } from "../../domain/timer.js";
import { t } from "../../text/t.js";
import { useApp, useNow } from "../shared/app-context.js";
import { Avatar } from "../shared/avatar.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

/** @typedef {import("../../domain/types.js").Entry} Entry @typedef {import("../../domain/types.js").Project} Project */

/** @param {{running: Entry[], project: Project}} props */
export function TrackingNow({ running, project }) {
  const { state, actions } = useApp();
  const now = useNow();
  const members = new Map(project.members.map((member) => [member.user_id, member]));
  const nameOf = (/** @type {Entry} */ entry) => entry.user?.username ?? members.get(entry.user_id)?.username ?? t("member.unknown");
  const pictureOf = (/** @type {Entry} */ entry) => (entry.user_id === state.session.user?.id ? state.session.user?.avatar_url : members.get(entry.user_id)?.avatar_url);
  const canTrack = may(project.role, "track") && !project.archived_at;
  return html`<section class="panel wide-panel" aria-labelledby="now-title">
    <header class="panel-head">
      <h2 id="now-title">${t("now.title")}</h2>
      ${canTrack &&
      html`<button type="button" class="small" onClick=${() => actions.timer.start({ description: "", project_id: project.id, tags: [] })}>
        <${Icon} name="play" />${t("now.start")}
      </button>`}
    </header>
    <ul class="people">
      ${running.map(
        (entry) => html`<li key=${entry.id}>
          <${Avatar} id=${entry.user_id} name=${nameOf(entry)} url=${pictureOf(entry)} size="small" />
          <span class="person"><b>${nameOf(entry)}</b>
            <span class="quiet">${entry.description}</span></span>
          <i class="pulse"></i><span class="digits">${clockText(secondsOf(entry, now))}</span>
        </li>`,
      )}
      ${running.length === 0 && html`<li class="quiet">${t("now.nobody")}</li>`}
    </ul>
  </section>`;
}
