// @ts-check
/** A timer that counts up, or phases of work and rest; and the lengths of these. */
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { Segments } from "../shared/segments.js";
import { RhythmDialog } from "./rhythm-dialog.js";

export function ModeBar() {
  const { state, actions } = useApp();
  const { on } = state.pomodoro;
  const [editing, setEditing] = useState(false);
  const options = [
    { value: "timer", label: t("mode.timer") },
    { value: "pomodoro", label: t("mode.pomodoro") },
  ];
  return html`<div class="mode-bar">
    <${Segments} label=${t("mode.title")} value=${on ? "pomodoro" : "timer"} options=${options} onChange=${(/** @type {string} */ mode) => actions.pomodoro.setOn(mode === "pomodoro")} />
    ${on && html`<button type="button" class="icon-button" aria-label=${t("pomodoro.settings")} title=${t("pomodoro.settings")} onClick=${() => setEditing(true)}><${Icon} name="settings" /></button>`}
    ${editing && html`<${RhythmDialog} onClose=${() => setEditing(false)} />`}
  </div>`;
}
