// @ts-check
import { DEFAULTS, particularsChanged, roomProblems, settingsChanged, valuesOf } from "../../domain/room-form.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Dialog } from "../shared/dialog.js";
import { FormError } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";
import { Particulars, Rhythm } from "./room-fields.js";

const EMPTY = valuesOf({ name: "", settings: DEFAULTS, visibility: "link", project_id: null });

/** Makes a room, and goes in. A name is enough. @param {{onClose: () => void}} props */
export function NewRoomDialog({ onClose }) {
  const { actions, go } = useApp();
  const check = (/** @type {typeof EMPTY} */ values) => roomProblems(values, EMPTY);
  const send = async (/** @type {typeof EMPTY} */ values) => {
    const room = await actions.rooms.create({ ...particularsChanged(values, EMPTY), settings: settingsChanged(values, EMPTY) });
    onClose();
    go(`/rooms/${room.slug}`);
  };
  const form = useForm({ values: EMPTY, check, send, prefix: "room-" });
  return html`<${Dialog} title=${t("rooms.new")} onClose=${onClose} wide>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <${Particulars} form=${form} />
      <${Rhythm} form=${form} />
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions">
        <button type="submit" class="primary" disabled=${form.busy}>${t("rooms.create")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
      </div>
    </form>
  <//>`;
}
