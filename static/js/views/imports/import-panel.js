// @ts-check
/** A file is chosen, looked at without writing anything, and then taken in. */
import { fileProblem } from "../../domain/import-file.js";
import { explain } from "../../actions/notices.js";
import { asApiError } from "../../net/api-error.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html, useState } from "../shared/html.js";
import { FileChoice } from "./file-choice.js";
import { FileOptions } from "./file-options.js";
import { Outcome } from "./outcome.js";
import { Running } from "./running.js";
import { Trial } from "./trial.js";

/**
 * @typedef {import("../../domain/import-file.js").Choices} Choices
 * @typedef {import("../../domain/import-file.js").Report} Report
 * @typedef {{file: File, head: string}} Chosen
 * @typedef {{name: "choose"|"trying"|"options"|"trial"|"running"|"done", chosen: Chosen|null, choices: Choices|null, report: Report|null, problem: string, errors: {field: string, message: string}[]}} Step
 */

/** @type {Step} */
const BEGIN = { name: "choose", chosen: null, choices: null, report: null, problem: "", errors: [] };

export function ImportPanel() {
  const { state, actions } = useApp();
  const [step, setStep] = useState(BEGIN);

  /** @param {File} file */
  async function choose(file) {
    const problem = fileProblem(file);
    if (problem) return setStep({ ...BEGIN, problem: t(problem) });
    const { kind, head } = await actions.transfer.look(file);
    const chosen = { file, head };
    const timezone = state.session.user?.timezone ?? "UTC";
    if (kind) return tryOut(chosen, { kind, date_format: "", timezone, email: "" });
    setStep({ ...BEGIN, name: "options", chosen, choices: null, problem: t("import.file.unknown") });
  }

  /** @param {Chosen} chosen @param {Choices} choices */
  async function tryOut(chosen, choices) {
    setStep({ ...BEGIN, name: "trying", chosen, choices });
    try {
      const report = await actions.transfer.tryOut(chosen.file, chosen.head, choices);
      setStep({ ...BEGIN, name: "trial", chosen, choices, report });
      actions.notices.say(t("import.trial"));
    } catch (caught) {
      refused("options", chosen, choices, caught);
    }
  }

  /** @param {Chosen} chosen @param {Choices} choices @param {Report} trial */
  async function take(chosen, choices, trial) {
    setStep({ ...BEGIN, name: "running", chosen, choices, report: trial });
    try {
      const report = await actions.transfer.take(chosen.file, chosen.head, choices);
      setStep({ ...BEGIN, name: "done", chosen, choices, report });
      actions.notices.say(t("import.done", { count: report.created }));
    } catch (caught) {
      refused("trial", chosen, choices, caught, trial);
    }
  }

  /** @param {Step["name"]} name @param {Chosen} chosen @param {Choices} choices @param {unknown} caught @param {Report|null} [report] */
  function refused(name, chosen, choices, caught, report = null) {
    const error = asApiError(caught);
    const problem = error.code === "conflict" ? t("import.conflict") : explain(error);
    setStep({ ...BEGIN, name, chosen, choices, report, problem, errors: error.errors });
  }

  const { name, chosen, choices, report } = step;
  const elsewhere = name === "choose" && state.progress !== null; // one that another device, or another look at this page, began
  const again = () => setStep(BEGIN);
  return html`<section class="panel import-panel" aria-labelledby="import-title">
    <h2 id="import-title">${t("import.choose.title")}</h2>
    ${(name === "running" || elsewhere) && html`<${Running} total=${report?.total ?? null} />`}
    ${name !== "running" && !elsewhere && name !== "done" && html`<${FileChoice} chosen=${chosen?.file ?? null} busy=${name === "trying"} onFile=${choose} />`}
    ${step.problem && html`<p class="form-error" role="alert">${step.problem}</p>`}
    ${name === "trying" && html`<p class="quiet" role="status">${t("import.trying")}</p><progress class="bar-progress" aria-label=${t("import.trying")}></progress>`}
    ${(name === "options" || name === "trial") && chosen &&
    html`<${FileOptions} key="${chosen.file.name}-${chosen.file.size}-${choices?.kind}" choices=${choices} errors=${step.errors} open=${name === "options"} onTry=${(/** @type {Choices} */ next) => tryOut(chosen, next)} />`}
    ${name === "trial" && chosen && choices && report && html`<${Trial} report=${report} onTake=${() => take(chosen, choices, report)} />`}
    ${name === "done" && report && html`<${Outcome} report=${report} onAgain=${again} />`}
  </section>`;
}
