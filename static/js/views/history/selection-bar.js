// @ts-check
/** What can be done to the chosen entries, all at once. */
import { MOST } from "../../domain/reshaping.js";
import { clockText } from "../../domain/format.js";
import { secondsOf } from "../../domain/timer.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { BulkDialog } from "./bulk-dialog.js";
import { MergeDialog } from "./merge-dialog.js";

/** @typedef {import("../../domain/types.js").Entry} Entry */

/** @param {{entries: Entry[], deleted: boolean, onDone: () => void}} props */
export function SelectionBar({ entries, deleted, onDone }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  const [open, setOpen] = useState(/** @type {"edit"|"merge"|null} */ (null));
  const ids = entries.map(({ id }) => id);
  const off = ids.length === 0 || ids.length > MOST || attempt.busy;
  const seconds = entries.reduce((sum, entry) => sum + secondsOf(entry, 0), 0);
  const act = async (/** @type {() => Promise<any>} */ task) => (await attempt.run(task)) && onDone();
  return html`<div class="selection" role="region" aria-label=${t("past.bulk.label")}>
    <p role="status"><b>${t("past.selected", { count: ids.length })}</b> <span class="digits quiet">${clockText(seconds)}</span>
      ${ids.length > MOST && html`<span class="error">${t("past.selected.most")}</span>`}</p>
    <div class="selection-actions">
      ${deleted
        ? html`<button type="button" class="primary" disabled=${off} onClick=${() => act(() => actions.reshaping.restoreAll(ids))}><${Icon} name="undo" />${t("past.restore")}</button>`
        : html`<button type="button" disabled=${off} onClick=${() => setOpen("edit")}><${Icon} name="edit" />${t("past.bulk.edit")}</button>
            <button type="button" disabled=${off || ids.length < 2} onClick=${() => setOpen("merge")}><${Icon} name="merge" />${t("past.bulk.merge")}</button>
            <button type="button" class="danger-text" disabled=${off} onClick=${() => act(() => actions.reshaping.deleteAll(ids))}><${Icon} name="trash" />${t("action.delete")}</button>`}
      <button type="button" class="icon-button" aria-label=${t("past.select.end")} onClick=${onDone}><${Icon} name="close" /></button>
    </div>
    ${open === "edit" && html`<${BulkDialog} entries=${entries} onClose=${() => setOpen(null)} onDone=${onDone} />`}
    ${open === "merge" && html`<${MergeDialog} entries=${entries} onClose=${() => setOpen(null)} onDone=${onDone} />`}
  </div>`;
}
