// @ts-check
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

/** All of one's entries as a file. */
export function ExportPanel() {
  const { actions } = useApp();
  const attempt = useAttempt();
  const save = (/** @type {"csv"|"json"} */ format) =>
    attempt.run(async () => {
      await actions.transfer.save(format, {});
      actions.notices.toast(t("past.export.begun"));
    });
  return html`<section class="panel" aria-labelledby="export-title">
    <h2 id="export-title">${t("export.title")}</h2>
    <p>${t("export.text")}</p>
    <div class="form-actions">
      ${/** @type {const} */ (["csv", "json"]).map((format) => html`<button key=${format} type="button" disabled=${attempt.busy} onClick=${() => save(format)}><${Icon} name="download" />${t(`export.${format}`)}</button>`)}
    </div>
  </section>`;
}
