// @ts-check
import { knownZone } from "../../domain/days.js";
import { dateTimeText, durationText } from "../../domain/format.js";
import { mergeOf } from "../../domain/reshaping.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Dialog } from "../shared/dialog.js";
import { FormError, Select, Switch } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";
import { useProjectChoices } from "../shared/project-choices.js";

/** Says what will become of them before it does, and asks what cannot be known. @param {{entries: import("../../domain/types.js").Entry[], onClose: () => void, onDone: () => void}} props */
export function MergeDialog({ entries, onClose, onDone }) {
  const { actions } = useApp();
  const { first, from, to, seconds, gap, projects } = mergeOf(entries);
  const zone = knownZone(first.timezone);
  const chosen = projects.find((id) => id !== null) ?? null;
  const choices = useProjectChoices(chosen);
  const differ = projects.length > 1;
  const send = async (/** @type {{project: string, gaps: boolean}} */ { project, gaps }) => {
    await actions.reshaping.merge(entries, {
      ...(differ ? { project_id: project === "" ? null : Number(project) } : {}),
      ...(gaps && gap > 0 ? { gaps: /** @type {"include"} */ ("include") } : {}),
    });
    onDone();
  };
  const form = useForm({ values: { project: chosen === null ? "" : String(chosen), gaps: false }, send, prefix: "merge-" });
  const project = form.field("project");
  const gaps = form.field("gaps");
  const text = t("past.merge.text", { from: dateTimeText(from, zone), to: dateTimeText(to, zone), time: durationText(seconds) });
  return html`<${Dialog} title=${t("past.merge.title", { count: entries.length })} onClose=${onClose}>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <p>${text}</p>
      ${gap > 0 && html`<${Switch} id=${gaps.id} label=${t("past.merge.gap", { time: durationText(gap) })} checked=${gaps.value} onChange=${gaps.onInput} hint=${t("past.merge.gap.needed", { time: durationText(gap) })} />`}
      ${differ && html`<${Select} id=${project.id} name="project" label=${t("past.merge.project")} value=${project.value} onChange=${project.onInput} options=${choices} />`}
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions">
        <button type="submit" class="primary" disabled=${form.busy || (gap > 0 && !gaps.value)}>${t("past.merge.send")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
      </div>
    </form>
  <//>`;
}
