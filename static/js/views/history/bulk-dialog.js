// @ts-check
import { bulkEdit } from "../../domain/reshaping.js";
import { MAX_DESCRIPTION } from "../../domain/start-input.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Dialog } from "../shared/dialog.js";
import { Field, FormError, Select } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";
import { useProjectChoices } from "../shared/project-choices.js";

/** @typedef {import("../../domain/reshaping.js").BulkFields} BulkFields */

/** Changes many entries in the same way; what is left empty stays as it is. @param {{entries: import("../../domain/types.js").Entry[], onClose: () => void, onDone: () => void}} props */
export function BulkDialog({ entries, onClose, onDone }) {
  const { actions } = useApp();
  const check = (/** @type {BulkFields} */ values) => /** @type {Record<string, string>} */ (Object.keys(bulkEdit(values)).length === 0 ? { "": "past.bulk.nothing" } : {});
  const send = async (/** @type {BulkFields} */ values) => {
    await actions.reshaping.editAll(entries, bulkEdit(values));
    onDone();
  };
  const form = useForm({ values: { project: "keep", description: "", add: "", remove: "" }, check, send, prefix: "bulk-" });
  const project = form.field("project");
  return html`<${Dialog} title=${t("past.bulk.title", { count: entries.length })} onClose=${onClose}>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <${Select} id=${project.id} name="project" label=${t("field.project")} value=${project.value} onChange=${project.onInput} autofocus
        options=${[{ value: "keep", label: t("past.bulk.keep") }, ...useProjectChoices()]} />
      <${Field} ...${form.field("add")} label=${t("past.bulk.add")} placeholder=${t("hint.tags")} autocomplete="off" autocapitalize="none" />
      <${Field} ...${form.field("remove")} label=${t("past.bulk.remove")} placeholder=${t("hint.tags")} autocomplete="off" autocapitalize="none" />
      <${Field} ...${form.field("description")} label=${t("past.bulk.description")} hint=${t("past.bulk.description.hint")} maxlength=${MAX_DESCRIPTION} autocomplete="off" />
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions">
        <button type="submit" class="primary" disabled=${form.busy}>${t("action.save")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
      </div>
    </form>
  <//>`;
}
