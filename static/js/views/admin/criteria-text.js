// @ts-check
/** What a badge asks for, in words. */
import { durationText } from "../../domain/format.js";
import { locale, t, textOf } from "../../text/t.js";
import { html } from "../shared/html.js";

/** @typedef {import("../../domain/criteria.js").Criteria} Criteria */

/** @param {{criteria: Criteria}} props */
export function CriteriaText({ criteria }) {
  return html`<span>${wordsOf(criteria, true)}</span>`;
}

/** @param {Criteria} criteria @param {boolean} whole @returns {string} */
function wordsOf({ metric, gte, all, any }, whole) {
  const parts = [
    ...(metric === undefined ? [] : [t("criteria.atLeast", { what: textOf(`criteria.metric.${metric}`) ?? metric, amount: amountOf(metric, gte ?? 0) })]),
    ...(all ?? []).map((part) => wordsOf(part, false)),
    ...(any ? [any.map((part) => wordsOf(part, false)).join(t("criteria.or"))] : []),
  ];
  const text = parts.join(t("criteria.and"));
  return whole || parts.length < 2 ? text : t("criteria.group", { text });
}

/** @param {string} metric @param {number} value */
export function amountOf(metric, value) {
  return metric.endsWith("_seconds") ? durationText(value) : new Intl.NumberFormat(locale()).format(value);
}
