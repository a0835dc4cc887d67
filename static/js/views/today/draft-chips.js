// @ts-check
/** What the next timer will carry, and the two signs for those who cannot type them easily. The row is always there. */
import { colorOf } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { Dot, Icon } from "../shared/icon.js";
import { useProject } from "../shared/timer-state.js";

/** @param {{draft: import("../../store.js").Draft, onBegin: (sign: string) => void}} props */
export function DraftChips({ draft, onBegin }) {
  const { actions, state } = useApp();
  const project = useProject(draft.project_id);
  const without = (/** @type {string} */ tag) => actions.timer.setDraft({ ...draft, tags: draft.tags.filter((each) => each !== tag) });
  return html`<div class="chips">
    ${project
      ? html`<${Chip} label=${project.name} onRemove=${() => actions.timer.setDraft({ ...draft, project_id: null })}>
          <${Dot} color=${colorOf(project.color)} />${project.name}
        <//>`
      : (state.projects?.length ?? 0) > 0 && html`<button type="button" class="chip-add" onClick=${() => onBegin("@")}>${t("start.addProject")}</button>`}
    ${draft.tags.map((tag) => html`<${Chip} key=${tag} label=${tag} onRemove=${() => without(tag)}>#${tag}<//>`)}
    <button type="button" class="chip-add" onClick=${() => onBegin("#")}>${t("start.addTag")}</button>
    <button type="button" class="chip-add keys-button" onClick=${() => actions.notices.showHelp(true)}><${Icon} name="keyboard" />${t("start.keys")}</button>
  </div>`;
}

/** @param {{label: string, onRemove: () => void, children: any}} props */
function Chip({ label, onRemove, children }) {
  return html`<span class="chip">${children}
    <button type="button" aria-label=${t("action.remove", { what: label })} onClick=${onRemove}><${Icon} name="close" /></button></span>`;
}
