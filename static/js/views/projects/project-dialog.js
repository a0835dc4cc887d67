// @ts-check
/** Makes a project, or changes its name, words and colour. */
import { colorOf } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { Dialog } from "../shared/dialog.js";
import { Field, FormError } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";

/** Told apart by their lightness as well as their hue, and visible on both grounds. */
export const COLORS = ["#0f8a72", "#2f7fd1", "#6a5acd", "#b0489a", "#d1495b", "#d9772b", "#b8930f", "#6b8e23", "#3b8ea5", "#8a6d4f", "#5f6f7a", "#9a9f2e"];

/** @param {{project?: import("../../domain/types.js").Project, onSend: (fields: any) => Promise<any>, onClose: () => void}} props */
export function ProjectDialog({ project, onSend, onClose }) {
  const values = {
    name: project?.name ?? "",
    description: project?.description ?? "",
    color: project ? colorOf(project.color) : COLORS[Math.floor(Math.random() * COLORS.length)],
  };
  const check = (/** @type {typeof values} */ { name }) => /** @type {Record<string, string>} */ (name.trim() ? {} : { name: "problem.name.empty" });
  const send = async (/** @type {typeof values} */ { name, description, color }) => {
    await onSend({ name: name.trim(), description: description.trim(), color });
    onClose();
  };
  const form = useForm({ values, check, send, prefix: "project-" });
  const color = form.field("color");
  return html`<${Dialog} title=${t(project ? "project.edit" : "projects.new")} onClose=${onClose}>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <${Field} ...${form.field("name")} label=${t("field.name")} maxlength="100" autocomplete="off" required autofocus />
      <${Field} ...${form.field("description")} area label=${t("field.description.optional")} maxlength="500" />
      <fieldset class="swatches">
        <legend>${t("field.color")}</legend>
        ${[...new Set([...COLORS, color.value])].map(
          (value, index) => html`<label key=${value} style=${{ "--project": value }}>
            <input type="radio" name="color" value=${value} checked=${color.value === value} onChange=${() => color.onInput(value)}
              aria-label=${t("field.color.nth", { n: index + 1 })} /><i></i>
          </label>`,
        )}
      </fieldset>
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions">
        <button type="submit" class="primary" disabled=${form.busy}>${t(project ? "action.save" : "projects.create")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
      </div>
    </form>
  <//>`;
}
