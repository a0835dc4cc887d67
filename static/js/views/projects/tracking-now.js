// @ts-check
/** Whose timer runs on this project at this moment. */
import { clockText } from "../../domain/format.js";
import { may } from "../../domain/projects.js";
import { secondsOf } from "../../domain/timer.js";
import { t } from "../../text/t.js";
import { useApp, useNow } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

/** @typedef {import("../../domain/types.js").Entry} Entry @typedef {import("../../domain/types.js").Project} Project */

/** @param {{running: Entry[], project: Project}} props */
export function TrackingNow({ running, project }) {
  const { actions } = useApp();
  const now = useNow();
  const names = new Map(project.members.map(({ user_id, username }) => [user_id, username]));
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
          <i class="pulse"></i>
          <span class="person"><b>${entry.user?.username ?? names.get(entry.user_id) ?? t("member.unknown")}</b>
            <span class="quiet">${entry.description}</span></span>
          <span class="digits">${clockText(secondsOf(entry, now))}</span>
        </li>`,
      )}
      ${running.length === 0 && html`<li class="quiet">${t("now.nobody")}</li>`}
    </ul>
  </section>`;
}
