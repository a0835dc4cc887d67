// @ts-check
import { knownZone, wallTime } from "../../domain/days.js";
import { instantText } from "../../domain/entry-form.js";
import { clockText, dateTimeText } from "../../domain/format.js";
import { cutAt, middleOf } from "../../domain/reshaping.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Dialog } from "../shared/dialog.js";
import { Field, FormError } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";

const MINUTE_MS = 60_000;

/** Cuts an entry in two, and shows how long both parts will be. @param {{entry: import("../../domain/types.js").Entry, onClose: () => void}} props */
export function SplitDialog({ entry, onClose }) {
  const { actions } = useApp();
  const zone = knownZone(entry.timezone);
  const middle = middleOf(entry);
  const wall = new Date(wallTime(middle, zone)).toISOString().slice(0, middle % MINUTE_MS === 0 ? 16 : 19);
  const partsAt = (/** @type {string} */ at) => cutAt(entry, Date.parse(instantText(at, zone)));
  const check = (/** @type {{at: string}} */ { at }) => /** @type {Record<string, string>} */ (partsAt(at) ? {} : { at: "problem.split" });
  const send = async (/** @type {{at: string}} */ { at }) => {
    await actions.reshaping.split(entry, instantText(at, zone));
    onClose();
  };
  const form = useForm({ values: { at: wall }, check, send, prefix: "split-" });
  const parts = partsAt(form.values.at);
  const bounds = { from: dateTimeText(Date.parse(entry.started_at), zone), to: dateTimeText(Date.parse(entry.ended_at ?? entry.started_at), zone) };
  return html`<${Dialog} title=${t("past.split.title")} onClose=${onClose}>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <p><b>${entry.description || t("timer.untitled")}</b></p>
      <${Field} ...${form.field("at")} type="datetime-local" step=${middle % MINUTE_MS === 0 ? 60 : 1} label=${t("past.split.at")} hint=${t("past.split.inside", bounds)} autofocus />
      <p class="split-parts digits" role="status">${parts ? t("past.split.parts", { first: clockText(parts[0]), second: clockText(parts[1]) }) : ""}</p>
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions">
        <button type="submit" class="primary" disabled=${form.busy}>${t("past.split.send")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
      </div>
    </form>
  <//>`;
}
