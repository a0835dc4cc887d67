// @ts-check
import { particularsChanged, roomProblems, settingsChanged, valuesOf } from "../../domain/room-form.js";
import { rightsOf } from "../../domain/rooms.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Dialog } from "../shared/dialog.js";
import { FormError } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html, useRef, useState } from "../shared/html.js";
import { Particulars, Rhythm } from "./room-fields.js";

/** The owner sets all of it, host and co-hosts the rhythm. @param {{scene: import("../../domain/rooms.js").Scene, onClose: () => void, onDelete: () => void}} props */
export function SettingsDialog({ scene, onClose, onDelete }) {
  const { actions, state } = useApp();
  const before = useRef(valuesOf(scene.room)).current; // what the form began with
  const [apply, setApply] = useState("next");
  const { owns } = rightsOf(scene, state.session.user?.id);
  const underWay = scene.room.timer.state !== "idle";
  const send = async (/** @type {typeof before} */ values) => {
    const settings = settingsChanged(values, before);
    const particulars = particularsChanged(values, before);
    // Only what was changed here, so that no version is needed.
    if (Object.keys(settings).length > 0) await actions.rooms.command("room:configure", { settings, apply: underWay ? apply : "next" });
    if (owns && Object.keys(particulars).length > 0) await actions.rooms.edit(particulars);
    onClose();
  };
  const form = useForm({ values: before, check: (values) => roomProblems(values, before), send, prefix: "room-" });
  return html`<${Dialog} title=${t("room.settings")} onClose=${onClose} wide>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      ${owns && html`<${Particulars} form=${form} />`}
      <${Rhythm} form=${form} />
      ${underWay &&
      html`<fieldset class="choices">
        <legend>${t("room.apply")}</legend>
        ${["next", "now"].map(
          (value) => html`<label key=${value} class="choice">
            <input type="radio" name="apply" value=${value} checked=${apply === value} onChange=${() => setApply(value)} />
            <span><b>${t(`room.apply.${value}`)}</b><span class="quiet">${t(`room.apply.${value}.text`)}</span></span>
          </label>`,
        )}
      </fieldset>`}
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions">
        <button type="submit" class="primary" disabled=${form.busy || state.connection.phase !== "live"}>${t("action.save")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
        ${owns && html`<button type="button" class="danger-text push" onClick=${onDelete}>${t("room.delete")}</button>`}
      </div>
    </form>
  <//>`;
}
