// @ts-check
import { EVERYTHING, historyAddress } from "../../domain/history.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { Counts, Refusals } from "./trial.js";

/** What has come of a file, and how to take it back. @param {{report: import("../../domain/import-file.js").Report, onAgain: () => void}} props */
export function Outcome({ report, onAgain }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  const { import_id: id, created } = report;
  const undo = async () => {
    if (id !== null && (await attempt.run(() => actions.transfer.undo(id)))) onAgain();
  };
  return html`<div class="trial">
    <p class="import-done"><${Icon} name="check" /><b>${created > 0 ? t("import.done", { count: created }) : t("import.done.none")}</b></p>
    <${Counts} report=${report} />
    <div class="form-actions">
      <a class="button primary" href=${historyAddress({ ...EVERYTHING, source: "import" })}>${t("import.look")}</a>
      <button type="button" onClick=${onAgain}>${t("import.another")}</button>
      ${id !== null && created > 0 && html`<button type="button" class="danger-text" disabled=${attempt.busy} onClick=${undo}>${t("import.undo")}</button>`}
    </div>
    <${Refusals} errors=${report.errors} count=${report.refused} />
  </div>`;
}
