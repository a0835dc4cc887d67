// @ts-check
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Field, FormError, Select } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";
import { ZoneSelect } from "./zone-select.js";

const STARTS = [0, 1, 2, 3, 4, 5, 6].map((hour) => ({ value: String(hour), label: `${hour}:00` }));

/** Name, zone, and when a day begins. @param {{user: import("../../domain/types.js").User}} props */
export function ProfileForm({ user }) {
  const { actions } = useApp();
  const values = { name: user.name ?? "", timezone: user.timezone, day_starts_at: String(user.day_starts_at ?? 0) };
  const send = async (/** @type {typeof values} */ { name, timezone, day_starts_at }) => {
    await actions.settings.edit({ name: name.trim(), timezone, day_starts_at: Number(day_starts_at) });
    actions.notices.toast(t("toast.saved"));
  };
  const form = useForm({ values, send, prefix: "profile-" });
  const start = form.field("day_starts_at");
  return html`<section class="panel" aria-labelledby="profile-title">
    <h2 id="profile-title">${t("profile.title")}</h2>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <${Field} ...${form.field("name")} label=${t("field.displayName")} hint=${t("hint.displayName")} maxlength="100" autocomplete="name" />
      <${ZoneSelect} ...${form.field("timezone")} />
      <${Select} id=${start.id} name="day_starts_at" label=${t("field.dayStarts")} hint=${t("hint.dayStarts")} value=${start.value} onChange=${start.onInput} options=${STARTS} />
      <${FormError} text=${form.problems[""]} />
      <button type="submit" class="primary" disabled=${form.busy}>${t("action.save")}</button>
    </form>
  </section>`;
}
