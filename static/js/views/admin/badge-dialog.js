// @ts-check
/** A badge: its names, what it asks for, and its picture, which a new one gets once it is there. */
import { criteriaText, readCriteria } from "../../domain/criteria.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Dialog } from "../shared/dialog.js";
import { Field, FormError, Select } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";
import { BadgeImage } from "./badge-image.js";
import { CriteriaField } from "./criteria-field.js";

/** @typedef {import("../../actions/admin.js").KnownBadge} Badge */

const TIERS = ["", "bronze", "silver", "gold"];
const KEY = /^[a-z0-9_]{1,60}$/;
const FIRST = { metric: "total_seconds", gte: 36_000 };

/** @param {{badge: Badge|null, onKept: (badge: Badge, done: boolean) => void, onClose: () => void}} props */
export function BadgeDialog({ badge, onKept, onClose }) {
  const { actions } = useApp();
  const values = {
    name: badge?.name ?? "", key: badge?.key ?? "", description: badge?.description ?? "", criteria: criteriaText(badge?.criteria ?? FIRST),
    family: badge?.family ?? "", tier: badge?.tier ?? "",
  };
  const check = (/** @type {typeof values} */ { name, key, criteria, family }) => ({
    ...(name.trim() ? {} : { name: "problem.name.empty" }),
    ...(badge || KEY.test(key) ? {} : { key: "admin.badge.problem.key" }),
    ...(family === "" || KEY.test(family) ? {} : { family: "admin.badge.problem.key" }),
    ...(readCriteria(criteria).criteria ? {} : { criteria: "criteria.problem.some" }),
  });
  const send = async (/** @type {typeof values} */ { name, key, description, criteria, family, tier }) => {
    const fields = { name: name.trim(), description: description.trim(), criteria: readCriteria(criteria).criteria, family: family || null, tier: tier || null };
    if (badge) onKept(await actions.admin.editBadge(badge.badge_id, fields), true);
    else onKept(await actions.admin.makeBadge({ ...fields, key }), false);
  };
  const form = useForm({ values, check, send, prefix: "badge-" });
  const tier = form.field("tier");
  return html`<${Dialog} title=${badge ? t("admin.badge.edit", { name: badge.name }) : t("admin.badge.new")} wide onClose=${onClose}>
    ${badge && html`<${BadgeImage} badge=${badge} onChanged=${(/** @type {Badge} */ next) => onKept(next, false)} />`}
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <div class="pair">
        <${Field} ...${form.field("name")} label=${t("field.name")} maxlength="100" autofocus />
        <${Field} ...${form.field("key")} label=${t("admin.badge.key")} hint=${t(badge ? "admin.badge.key.fixed" : "admin.badge.key.hint")} maxlength="60" disabled=${badge !== null} autocapitalize="none" spellcheck=${false} />
      </div>
      <${Field} ...${form.field("description")} label=${t("field.description.optional")} maxlength="500" />
      <${CriteriaField} ...${form.field("criteria")} />
      <div class="pair">
        <${Field} ...${form.field("family")} label=${t("admin.badge.family")} hint=${t("admin.badge.family.hint")} maxlength="60" autocapitalize="none" spellcheck=${false} />
        <${Select} id=${tier.id} label=${t("admin.badge.tier")} value=${tier.value} onChange=${tier.onInput} options=${TIERS.map((value) => ({ value, label: value ? t(`badges.tier.${value}`) : t("admin.none") }))} />
      </div>
      <p class="hint">${t(badge ? "admin.badge.hint.edit" : "admin.badge.hint.new")}</p>
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions">
        <button type="submit" class="primary" disabled=${form.busy}>${t(badge ? "action.save" : "admin.badge.create")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
      </div>
    </form>
  <//>`;
}
