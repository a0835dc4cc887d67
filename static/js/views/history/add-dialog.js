// @ts-check
import { knownZone } from "../../domain/days.js";
import { entryChanges, entryFields, entryProblems } from "../../domain/entry-form.js";
import { MAX_DESCRIPTION } from "../../domain/start-input.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Dialog } from "../shared/dialog.js";
import { Field, FormError, Select } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html, useRef } from "../shared/html.js";
import { useProjectChoices } from "../shared/project-choices.js";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Records time afterwards; the last hour is proposed. @param {{onClose: () => void}} props */
export function AddDialog({ onClose }) {
  const { state, actions, now } = useApp();
  const zone = knownZone(state.session.user?.timezone);
  const base = useRef(proposal(now(), zone)).current;
  const send = async (/** @type {ReturnType<typeof entryFields>} */ values) => {
    const { started_at, ended_at } = base;
    await actions.reshaping.add({ description: "", project_id: null, tags: [], started_at, ended_at, ...entryChanges(values, base, zone) });
    onClose();
  };
  const form = useForm({ values: entryFields(base, zone), check: (values) => entryProblems(values, base, zone, now()), send, prefix: "add-" });
  const project = form.field("project_id");
  return html`<${Dialog} title=${t("past.add")} wide onClose=${onClose}>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <${Field} ...${form.field("description")} label=${t("field.description")} maxlength=${MAX_DESCRIPTION} autocomplete="off" autofocus />
      <div class="pair">
        <${Field} ...${form.field("started_at")} type="datetime-local" label=${t("field.start")} />
        <${Field} ...${form.field("ended_at")} type="datetime-local" label=${t("field.end")} />
      </div>
      <div class="pair">
        <${Select} id=${project.id} name="project_id" label=${t("field.project")} value=${project.value} onChange=${project.onInput} options=${useProjectChoices()} />
        <${Field} ...${form.field("tags")} label=${t("field.tags")} placeholder=${t("hint.tags")} autocomplete="off" autocapitalize="none" />
      </div>
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions">
        <button type="submit" class="primary" disabled=${form.busy}>${t("past.add.send")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
      </div>
    </form>
  <//>`;
}

/** An entry with nothing in it, over the last hour to the minute. @param {number} now @param {string} zone */
function proposal(now, zone) {
  const end = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const none = { id: 0, user_id: 0, project_id: null, room_id: null, description: "", tags: [], duration_seconds: 0, claimed: false, doubtful_from: null, version: 0 };
  return { ...none, source: /** @type {"manual"} */ ("manual"), timezone: zone, started_at: new Date(end - HOUR_MS).toISOString(), ended_at: new Date(end).toISOString() };
}
