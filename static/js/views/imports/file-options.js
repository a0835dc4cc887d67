// @ts-check
/** How a file is read, where it does not say so itself. */
import { KINDS } from "../../domain/import-file.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Field, Select } from "../shared/field.js";
import { html, useState } from "../shared/html.js";
import { ZoneSelect } from "../settings/zone-select.js";

const ORDERS = ["", "ymd", "dmy", "mdy"];

/** @typedef {import("../../domain/import-file.js").Choices} Choices */

/** @param {{choices: Choices|null, errors: {field: string, message: string}[], open: boolean, onTry: (choices: Choices) => void}} props */
export function FileOptions({ choices, errors, open, onTry }) {
  const { state } = useApp();
  const own = state.session.user?.timezone ?? "UTC";
  const [kind, setKind] = useState(/** @type {string} */ (choices?.kind ?? ""));
  const [date_format, setOrder] = useState(/** @type {string} */ (choices?.date_format ?? ""));
  const [timezone, setZone] = useState(choices?.timezone ?? own);
  const [email, setEmail] = useState(choices?.email ?? "");
  const error = (/** @type {string} */ field) => errors.find((each) => each.field === field)?.message;
  const onSubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (kind) onTry(/** @type {Choices} */ ({ kind, date_format, timezone, email }));
  };
  const local = kind === "toggl" || kind === "clockify";
  return html`<details class="import-options" open=${open}>
    <summary>${t("import.options")}</summary>
    <form onSubmit=${onSubmit} novalidate>
      <div class="pair">
        <${Select} id="import-kind" label=${t("import.kind")} value=${kind} onChange=${setKind}
          options=${[...(kind ? [] : [{ value: "", label: t("import.kind.none") }]), ...KINDS.map((value) => ({ value, label: t(`import.kind.${value}`) }))]} />
        ${local && html`<${Select} id="import-order" label=${t("import.order")} value=${date_format} onChange=${setOrder} aria-invalid=${error("date_format") ? "true" : undefined}
          options=${ORDERS.map((value) => ({ value, label: t(`import.order.${value || "auto"}`) }))} />`}
      </div>
      ${local &&
      html`<${ZoneSelect} id="import-zone" value=${timezone} onInput=${setZone} error=${error("timezone")} />
        <${Field} id="import-email" label=${t("import.email")} value=${email} onInput=${setEmail} hint=${t("import.email.hint")} aria-invalid=${error("email") ? "true" : undefined} type="email" autocomplete="off" />`}
      <div class="form-actions"><button type="submit" disabled=${!kind}>${t("import.try")}</button></div>
    </form>
  </details>`;
}
