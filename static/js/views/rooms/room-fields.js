// @ts-check
/** The inputs of a room's settings, for a new room and for one that there is. */
import { trackable } from "../../domain/projects.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Field, Select, Switch } from "../shared/field.js";
import { html } from "../shared/html.js";

const CHATS = ["breaks", "always", "off"];

/** @param {{form: any}} props */
export function Particulars({ form }) {
  const { projects } = useApp().state;
  const open = trackable(projects).map(({ id, name }) => ({ value: String(id), label: name }));
  const visibility = form.field("visibility");
  const project = form.field("project_id");
  const seen = ["link", "public", ...(open.length > 0 || visibility.value === "project" ? ["project"] : [])];
  return html`<${Field} ...${form.field("name")} label=${t("field.name")} maxlength="80" autocomplete="off" required autofocus />
    <div class="pair">
      <${Select} id=${visibility.id} label=${t("room.field.visibility")} value=${visibility.value} onChange=${visibility.onInput}
        hint=${t(`room.visibility.${visibility.value}.text`)} options=${seen.map((value) => ({ value, label: t(`room.visibility.${value}`) }))} />
      <div>
        <${Select} id=${project.id} label=${t("field.project")} value=${project.value} onChange=${project.onInput}
          hint=${t("room.hint.project")} options=${[{ value: "", label: t("field.project.none") }, ...open]} />
        ${project.error && html`<p class="error" role="alert">${project.error}</p>`}
      </div>
    </div>`;
}

/** @param {{form: any}} props */
export function Rhythm({ form }) {
  const number = (/** @type {string} */ name, /** @type {number} */ most) =>
    html`<${Field} ...${form.field(name)} type="number" min="1" max=${most} step="any" inputmode="numeric" label=${t(`room.field.${name}`)} required />`;
  const toggle = (/** @type {string} */ name) => {
    const { id, value, onInput } = form.field(name);
    return html`<${Switch} id=${id} label=${t(`room.field.${name}`)} checked=${value} onChange=${onInput} />`;
  };
  const chat = form.field("chat");
  return html`<fieldset class="lengths">
      <legend>${t("room.field.lengths")}</legend>
      <div class="triple">${number("work", 180)} ${number("short_break", 180)} ${number("long_break", 180)}</div>
    </fieldset>
    <div class="triple">
      ${number("cycles", 100)} ${number("capacity", 1000)}
      <${Select} id=${chat.id} label=${t("room.field.chat")} value=${chat.value} onChange=${chat.onInput}
        options=${CHATS.map((value) => ({ value, label: t(`room.chat.${value}`) }))} />
    </div>
    <div class="pair switches">${toggle("auto_start_breaks")} ${toggle("auto_start_work")}</div>`;
}
