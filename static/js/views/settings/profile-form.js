// @ts-check
import { usernameProblem } from "../../domain/account-form.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Field, FormError, Select } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";
import { PictureForm } from "./picture-form.js";
import { ZoneSelect } from "./zone-select.js";

const STARTS = [0, 1, 2, 3, 4, 5, 6].map((hour) => ({ value: String(hour), label: `${hour}:00` }));

/** Picture, names, zone, and when a day begins. @param {{user: import("../../domain/types.js").User}} props */
export function ProfileForm({ user }) {
  const { actions } = useApp();
  const values = { name: user.name ?? "", username: user.username, timezone: user.timezone, day_starts_at: String(user.day_starts_at ?? 0) };
  const check = (/** @type {typeof values} */ { username }) => {
    const problem = usernameProblem(username);
    return /** @type {Record<string, string>} */ (problem ? { username: problem } : {});
  };
  const send = async (/** @type {typeof values} */ { name, username, timezone, day_starts_at }) => {
    await actions.settings.edit({ name: name.trim(), username: username.trim(), timezone, day_starts_at: Number(day_starts_at) });
    actions.notices.toast(t("toast.saved"));
  };
  const form = useForm({ values, check, send, prefix: "profile-" });
  const start = form.field("day_starts_at");
  return html`<section class="panel" aria-labelledby="profile-title">
    <h3 id="profile-title">${t("profile.title")}</h3>
    <${PictureForm} user=${user} />
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <div class="pair">
        <${Field} ...${form.field("name")} label=${t("field.displayName")} hint=${t("hint.displayName")} maxlength="100" autocomplete="name" />
        <${Field} ...${form.field("username")} label=${t("field.username")} hint=${t("hint.username")} maxlength="32" autocomplete="username" autocapitalize="none" spellcheck=${false} />
      </div>
      <div class="pair">
        <${ZoneSelect} ...${form.field("timezone")} />
        <${Select} id=${start.id} name="day_starts_at" label=${t("field.dayStarts")} hint=${t("hint.dayStarts")} value=${start.value} onChange=${start.onInput} options=${STARTS} />
      </div>
      <${FormError} text=${form.problems[""]} />
      <button type="submit" class="primary" disabled=${form.busy}>${t("action.save")}</button>
    </form>
  </section>`;
}
