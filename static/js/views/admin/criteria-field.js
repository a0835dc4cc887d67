// @ts-check
/** What a badge asks for: one condition by a form, or anything as JSON, which is judged while it is written. */
import { METRICS, criteriaText, readCriteria, singleOf } from "../../domain/criteria.js";
import { t } from "../../text/t.js";
import { Field, Select } from "../shared/field.js";
import { html, useMemo, useState } from "../shared/html.js";
import { Segments } from "../shared/segments.js";
import { CriteriaText, amountOf } from "./criteria-text.js";

const EXAMPLE = '{\n  "all": [\n    {"metric": "streak_days", "gte": 7},\n    {"any": [\n      {"metric": "rooms_joined", "gte": 5},\n      {"metric": "total_seconds", "gte": 36000}\n    ]}\n  ]\n}';

/** @param {{id: string, value: string, onInput: (value: string) => void, error?: string}} props */
export function CriteriaField({ id, value, onInput, error }) {
  const { criteria, problems } = useMemo(() => readCriteria(value), [value]);
  const single = criteria && singleOf(criteria);
  const [as, setAs] = useState(single ? "form" : "json");
  const shown = as === "form" && single ? "form" : "json";
  const options = [{ value: "form", label: t("criteria.form") }, { value: "json", label: t("criteria.json") }];
  const choose = (/** @type {string} */ next) => {
    if (next === "form" && !single) onInput(criteriaText({ metric: METRICS[0], gte: 36_000 }));
    setAs(next);
  };
  return html`<fieldset class="criteria">
    <legend>${t("criteria.title")}</legend>
    <${Segments} label=${t("criteria.as")} value=${shown} onChange=${choose} options=${options} />
    ${shown === "form" && single && html`<${OneCondition} id=${id} single=${single} onChange=${(/** @type {any} */ next) => onInput(criteriaText(next))} />`}
    ${shown === "json" && html`<${Field} id=${id} name="criteria" area rows="7" class="code" label=${t("criteria.json.label")} value=${value} onInput=${onInput} error=${error} spellcheck=${false} autocapitalize="none" aria-describedby="${id}-told" />
      <details class="more"><summary>${t("criteria.example")}</summary><pre class="code">${EXAMPLE}</pre><p class="hint">${t("criteria.metrics", { metrics: METRICS.join(", ") })}</p></details>`}
    <div class="criteria-told" id="${id}-told" aria-live="polite">
      ${criteria && html`<p class="note">${t("criteria.means")} <${CriteriaText} criteria=${criteria} /></p>`}
      ${problems.length > 0 && html`<ul class="error">${problems.slice(0, 5).map(({ place, key, values }) => html`<li key=${place + key}><code>${place}</code> ${t(key, values)}</li>`)}</ul>`}
    </div>
  </fieldset>`;
}

/** @param {{id: string, single: {metric: string, gte: number}, onChange: (single: {metric: string, gte: number}) => void}} props */
function OneCondition({ id, single: { metric, gte }, onChange }) {
  const seconds = metric.endsWith("_seconds");
  const [typed, setTyped] = useState(String(gte));
  const set = (/** @type {string} */ text) => {
    setTyped(text);
    const number = Math.floor(Number(text));
    if (Number.isSafeInteger(number) && number >= 1) onChange({ metric, gte: number });
  };
  return html`<div class="pair">
    <${Select} id="${id}-metric" label=${t("criteria.what")} value=${metric} onChange=${(/** @type {string} */ next) => onChange({ metric: next, gte })} options=${METRICS.map((value) => ({ value, label: t(`criteria.metric.${value}`) }))} />
    <${Field} id="${id}-gte" type="number" min="1" step="1" inputmode="numeric" label=${t(seconds ? "criteria.seconds" : "criteria.number")} hint=${seconds ? amountOf(metric, gte) : undefined} value=${typed} onInput=${set} />
  </div>`;
}
