// @ts-check
/** What was imported before, each to be undone. */
import { knownZone } from "../../domain/days.js";
import { dateTimeText, durationText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { ConfirmDialog } from "../rooms/confirm-dialog.js";
import { useApp } from "../shared/app-context.js";
import { html, useEffect, useState } from "../shared/html.js";

/** @typedef {import("../../domain/import-file.js").Import} Import */

const TOOLS = new Set(["toggl", "clockify", "focushub", "account"]);

export function PastImports() {
  const { state, actions } = useApp();
  const [undoing, setUndoing] = useState(/** @type {Import|null} */ (null));
  useEffect(() => void actions.transfer.loadImports(), []);
  const zone = knownZone(state.session.user?.timezone);
  if (!state.imports || state.imports.length === 0) return null;
  return html`<section class="panel" aria-labelledby="imports-title">
    <h2 id="imports-title">${t("import.past")}</h2>
    <ul class="imports">
      ${state.imports.map((one) => {
        const time = dateTimeText(Date.parse(one.started_at), zone);
        return html`<li key=${one.id}>
          <div><b>${TOOLS.has(one.format) ? t(`import.kind.${one.format}`) : one.format}</b> <span class="quiet">${time}</span>
            <p class="quiet">${t("import.past.counts", { count: one.created, time: durationText(one.seconds) })}${one.state !== "done" ? ` · ${t(`import.state.${one.state}`)}` : ""}</p></div>
          ${(one.state === "done" || one.state === "broken") && one.created > 0 &&
          html`<button type="button" class="small" aria-label=${t("import.undo.what", { time })} onClick=${() => setUndoing(one)}>${t("toast.undo")}</button>`}
        </li>`;
      })}
    </ul>
    ${undoing &&
    html`<${ConfirmDialog} title=${t("import.undo.title")} text=${t("import.undo.text", { count: undoing.created })} send=${t("import.undo")}
      onSend=${() => actions.transfer.undo(undoing.id)} onClose=${() => setUndoing(null)} />`}
  </section>`;
}
