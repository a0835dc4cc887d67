// @ts-check
/** Things of other days, to go on with by one click. */
import { colorOf } from "../../domain/format.js";
import { recentKinds } from "../../domain/recent.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { Dot, Icon } from "../shared/icon.js";
import { useProject } from "../shared/timer-state.js";

/** @typedef {import("../../domain/types.js").Entry} Entry */

const SHOWN = 5;

/** @param {{running: Entry|null, today: Entry[]}} props */
export function RecentList({ running, today }) {
  const { state } = useApp();
  const kinds = recentKinds(state.recent, running ? [running, ...today] : today, SHOWN);
  if (kinds.length === 0) return null;
  return html`<section class="panel recent" aria-labelledby="recent-title">
    <h2 id="recent-title">${t("recent.title")}</h2>
    <ul>${kinds.map((entry) => html`<li key=${entry.id}><${Again} entry=${entry} /></li>`)}</ul>
  </section>`;
}

/** @param {{entry: Entry}} props */
function Again({ entry }) {
  const { actions } = useApp();
  const project = useProject(entry.project_id);
  const archived = project?.archived_at ?? null;
  const what = entry.description || project?.name || t("timer.untitled");
  return html`<button type="button" class="again" aria-label=${t("entry.restart", { what })} disabled=${archived !== null} onClick=${() => actions.timer.start(entry)}>
    <${Dot} color=${colorOf(project?.color)} />
    <span><b>${what}</b>${entry.description && project && html`<span class="quiet">${project.name}</span>`}</span>
    <${Icon} name="play" />
  </button>`;
}
