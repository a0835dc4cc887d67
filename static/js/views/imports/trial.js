// @ts-check
/** What will come of a file: counts, the first entries, and each line that will be refused with its reason. */
import { knownZone } from "../../domain/days.js";
import { clockText, dateTimeText, durationText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { html, useState } from "../shared/html.js";

const SHOWN = 50;
const FIRST = 5;

/** @typedef {import("../../domain/import-file.js").Report} Report */

/** @param {{report: Report, onTake: () => void}} props */
export function Trial({ report, onTake }) {
  const { created, preview, projects_created: projects } = report;
  return html`<div class="trial">
    <h3>${t("import.trial")}</h3>
    <${Counts} report=${report} />
    ${projects.length > 0 && html`<p>${t("import.projects", { count: projects.length, names: projects.slice(0, 12).join(", ") + (projects.length > 12 ? " …" : "") })}</p>`}
    <div class="form-actions">
      ${created > 0
        ? html`<button type="button" class="primary" onClick=${onTake}>${t("import.send", { count: created })}</button>`
        : html`<p class="note">${t("import.trial.none")}</p>`}
    </div>
    <${Refusals} errors=${report.errors} count=${report.refused} />
    ${preview.length > 0 && html`<${Preview} rows=${preview} />`}
  </div>`;
}

/** @param {{report: Pick<Report, "total"|"created"|"skipped"|"refused"|"seconds">}} props */
export function Counts({ report }) {
  const facts = /** @type {const} */ (["total", "created", "skipped", "refused"]);
  return html`<dl class="facts import-counts">
    ${facts.map((name) => html`<div key=${name} class="count-${name}"><dt>${t(`import.count.${name}`)}</dt><dd class="digits">${t("import.number", { n: report[name] })}</dd></div>`)}
    <div><dt>${t("import.count.seconds")}</dt><dd class="digits">${durationText(report.seconds)}</dd></div>
  </dl>`;
}

/** @param {{rows: Report["preview"]}} props */
function Preview({ rows }) {
  const [all, setAll] = useState(false);
  return html`<section aria-labelledby="import-preview" class="import-preview">
    <h4 id="import-preview">${t("import.preview")}</h4>
    <table>
      <thead><tr><th scope="col">${t("import.preview.when")}</th><th scope="col">${t("import.preview.what")}</th><th scope="col">${t("import.preview.long")}</th></tr></thead>
      <tbody>${(all ? rows : rows.slice(0, FIRST)).map(
        (row) => html`<tr key=${row.line}>
          <td class="digits">${dateTimeText(Date.parse(row.started_at), knownZone(row.timezone))}</td>
          <td><span>${row.description || t("timer.untitled")}</span>
            <span class="row-marks quiet">${row.project_name && html`<span>${row.project_name}</span>`}${row.tags.map((tag) => html`<span key=${tag} class="tag">#${tag}</span>`)}</span></td>
          <td class="digits">${clockText(row.duration_seconds)}</td>
        </tr>`,
      )}</tbody>
    </table>
    ${!all && rows.length > FIRST && html`<button type="button" class="text-button" onClick=${() => setAll(true)}>${t("import.preview.all", { count: rows.length })}</button>`}
  </section>`;
}

/** @param {{errors: Report["errors"], count: number}} props */
export function Refusals({ errors, count }) {
  const [most, setMost] = useState(SHOWN);
  if (count === 0) return null;
  const rest = count - Math.min(most, errors.length);
  return html`<section aria-labelledby="import-errors" class="import-errors">
    <h4 id="import-errors">${t("import.errors", { count })}</h4>
    <p class="quiet">${t("import.errors.text")}</p>
    <ol>${errors.slice(0, most).map(({ line, message }) => html`<li key=${line}><b class="digits">${t("import.errors.line", { line })}</b> ${message}</li>`)}</ol>
    ${rest > 0 &&
    (errors.length > most
      ? html`<button type="button" class="text-button" onClick=${() => setMost(most * 4)}>${t("import.errors.more", { count: rest })}</button>`
      : html`<p class="quiet">${t("import.errors.more", { count: rest })}</p>`)}
  </section>`;
}
