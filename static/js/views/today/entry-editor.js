// @ts-check
/** Changes an entry where it stands. What another device changed meanwhile is shown before anything is overwritten. */
import { entryChanges, entryFields, entryProblems } from "../../domain/entry-form.js";
import { MAX_DESCRIPTION } from "../../domain/start-input.js";
import { asApiError } from "../../net/api-error.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Field, FormError, Select } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html, useEffect, useRef, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { useProjectChoices } from "../shared/project-choices.js";

/** @typedef {import("../../domain/types.js").Entry} Entry */

/**
 * @param {{entry: Entry, zone: string, opener: string, onClose: () => void, canDelete?: boolean}} props
 *   `opener`: the id of the button that opens it, which is drawn anew when it closes.
 */
export function EntryEditor({ entry, zone, opener, onClose, canDelete = false }) {
  const { actions, now } = useApp();
  const [base, setBase] = useState(entry);
  const [mine, setMine] = useState(/** @type {Partial<ReturnType<typeof entryFields>>|null} */ (null));
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
          setMine(written(values, entryFields(base, zone)));
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
  const putBack = () => {
    form.set(mine ?? {});
    setMine(null);
    box.current?.querySelector("input")?.focus();
  };
  const project = form.field("project_id");
  return html`<div class="editor" ref=${box} onKeyDown=${onKeyDown}>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate aria-label=${t("editor.label")}>
      <${Field} ...${form.field("description")} label=${t("field.description")} maxlength=${MAX_DESCRIPTION} autocomplete="off" />
      <div class="pair">
        <${Select} id=${project.id} name="project_id" label=${t("field.project")} value=${project.value} onChange=${project.onInput} options=${useProjectChoices(base.project_id)} />
        <${Field} ...${form.field("tags")} label=${t("field.tags")} placeholder=${t("hint.tags")} autocomplete="off" autocapitalize="none" />
      </div>
      <div class="pair">
        <${Field} ...${form.field("started_at")} type="datetime-local" label=${t("field.start")} />
        ${base.ended_at !== null && html`<${Field} ...${form.field("ended_at")} type="datetime-local" label=${t("field.end")} />`}
      </div>
      <${FormError} text=${form.problems[""]} />
      ${mine && html`<${Conflict} mine=${mine} onAgain=${putBack} />`}
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

/** What of the fields was changed by hand. @param {Record<string, string>} values @param {Record<string, string>} before */
function written(values, before) {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== before[name]));
}

const LABELS = /** @type {const} */ ({ description: "field.description", project_id: "field.project", tags: "field.tags", started_at: "field.start", ended_at: "field.end" });

/** What one had written over an entry that somebody else was quicker to change. @param {{mine: Partial<ReturnType<typeof entryFields>>, onAgain: () => void}} props */
function Conflict({ mine, onAgain }) {
  const { projects } = useApp().state;
  const shown = (/** @type {string} */ name, /** @type {string} */ value) => {
    if (name === "project_id") return value === "" ? t("field.project.none") : (projects?.find(({ id }) => String(id) === value)?.name ?? t("entry.otherProject"));
    return name.endsWith("_at") ? value.replace("T", " ") : value;
  };
  return html`<div class="conflict" role="group" aria-label=${t("conflict.title")}>
    <p>${t("conflict.text")}</p>
    <dl>${Object.entries(mine).map(([name, value]) => html`<div key=${name}><dt>${t(LABELS[/** @type {keyof typeof LABELS} */ (name)])}</dt><dd>${shown(name, value)}</dd></div>`)}</dl>
    <button type="button" class="small" onClick=${onAgain}><${Icon} name="undo" />${t("conflict.again")}</button>
  </div>`;
}
