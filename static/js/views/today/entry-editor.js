// @ts-check
/** Changes an entry where it stands. What another device changed meanwhile is shown before anything is overwritten. */
import { entryChanges, entryFields, entryProblems } from "../../domain/entry-form.js";
import { MAX_DESCRIPTION } from "../../domain/start-input.js";
import { trackable } from "../../domain/projects.js";
import { asApiError } from "../../net/api-error.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Field, FormError, Select } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html, useEffect, useRef, useState } from "../shared/html.js";
import { useProject } from "../shared/timer-state.js";

/** @typedef {import("../../domain/types.js").Entry} Entry */

/**
 * @param {{entry: Entry, zone: string, opener: string, onClose: () => void, canDelete?: boolean}} props
 *   `opener`: the id of the button that opens it, which is drawn anew when it closes.
 */
export function EntryEditor({ entry, zone, opener, onClose, canDelete = false }) {
  const { actions, now } = useApp();
  const [base, setBase] = useState(entry);
  const box = useRef(/** @type {HTMLDivElement|null} */ (null));
  const form = useForm({ values: entryFields(base, zone), check: (values) => entryProblems(values, base, zone, now()), send, prefix: `entry-${entry.id}-` });
  useEffect(() => {
    box.current?.querySelector("input")?.focus();
    return () => void setTimeout(() => giveFocusTo(opener));
  }, []);

  /** @param {ReturnType<typeof entryFields>} values */
  async function send(values) {
    const changes = entryChanges(values, base, zone);
    if (Object.keys(changes).length > 0) {
      try {
        await actions.entries.edit(base, changes);
      } catch (caught) {
        const error = asApiError(caught);
        if (error.code === "version_conflict" && error.current) {
          setBase(error.current);
          form.set(entryFields(error.current, zone));
        }
        throw error;
      }
    }
    onClose();
  }

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onClose();
  };
  const remove = () => {
    onClose();
    void actions.entries.delete(base);
  };
  const project = form.field("project_id");
  return html`<div class="editor" ref=${box} onKeyDown=${onKeyDown}>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate aria-label=${t("editor.label")}>
      <${Field} ...${form.field("description")} label=${t("field.description")} maxlength=${MAX_DESCRIPTION} autocomplete="off" />
      <div class="pair">
        <${Select} id=${project.id} name="project_id" label=${t("field.project")} value=${project.value} onChange=${project.onInput} options=${useProjectOptions(base)} />
        <${Field} ...${form.field("tags")} label=${t("field.tags")} placeholder=${t("hint.tags")} autocomplete="off" autocapitalize="none" />
      </div>
      <div class="pair">
        <${Field} ...${form.field("started_at")} type="datetime-local" label=${t("field.start")} />
        ${base.ended_at !== null && html`<${Field} ...${form.field("ended_at")} type="datetime-local" label=${t("field.end")} />`}
      </div>
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions">
        <button type="submit" class="primary" disabled=${form.busy}>${t("action.save")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
        ${canDelete && html`<button type="button" class="danger-text push" onClick=${remove}>${t("action.delete")}</button>`}
      </div>
    </form>
  </div>`;
}

/** Unless somebody has already gone elsewhere. @param {string} id */
function giveFocusTo(id) {
  if (document.activeElement === document.body) document.getElementById(id)?.focus();
}

/** The projects one can choose, and the entry's own even if it is archived or not one's own any more. @param {Entry} entry */
function useProjectOptions(entry) {
  const { projects } = useApp().state;
  const own = useProject(entry.project_id);
  const open = trackable(projects);
  const all = own && !open.includes(own) ? [...open, own] : open;
  const options = all.map(({ id, name }) => ({ value: String(id), label: name }));
  if (entry.project_id !== null && !own) options.push({ value: String(entry.project_id), label: t("entry.otherProject") });
  return [{ value: "", label: t("field.project.none") }, ...options];
}
