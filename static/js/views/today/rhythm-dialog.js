// @ts-check
/** How long one works and rests, what begins by itself, and how its end is told. */
import { rhythmOf, rhythmProblems, rhythmValues } from "../../domain/rhythm-form.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Dialog } from "../shared/dialog.js";
import { Field, FormError, Switch } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";
import { Signals } from "../rooms/signals.js";

/** @param {{onClose: () => void}} props */
export function RhythmDialog({ onClose }) {
  const { state, actions } = useApp();
  const send = async (/** @type {import("../../domain/rhythm-form.js").Values} */ values) => {
    await actions.preferences.save({ pomodoro: rhythmOf(values) });
    onClose();
  };
  const form = useForm({ values: rhythmValues(state.pomodoro.rhythm), check: rhythmProblems, send, prefix: "rhythm-" });
  const number = (/** @type {"work"|"short_break"|"long_break"|"cycles"} */ name, /** @type {number} */ most) =>
    html`<${Field} ...${form.field(name)} type="number" min="1" max=${most} inputmode="numeric" label=${t(`rhythm.${name}`)} required />`;
  const toggle = (/** @type {"auto_start_breaks"|"auto_start_work"} */ name) => {
    const { id, value, onInput } = form.field(name);
    return html`<${Switch} id=${id} label=${t(`rhythm.${name}`)} checked=${value} onChange=${onInput} />`;
  };
  return html`<${Dialog} title=${t("pomodoro.settings")} onClose=${onClose}>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <fieldset class="lengths"><legend>${t("rhythm.lengths")}</legend>
        <div class="triple">${number("work", 180)} ${number("short_break", 180)} ${number("long_break", 180)}</div></fieldset>
      ${number("cycles", 12)}
      <div>${toggle("auto_start_breaks")} ${toggle("auto_start_work")}</div>
      <${Signals} />
      <p class="hint">${t("rhythm.hint")}</p>
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions"><button type="submit" class="primary" disabled=${form.busy}>${t("action.save")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button></div>
    </form>
  <//>`;
}
