// @ts-check
import { t } from "../text/t.js";
import { useApp } from "./shared/app-context.js";
import { Dialog } from "./shared/dialog.js";
import { Switch } from "./shared/field.js";
import { html } from "./shared/html.js";

const KEYS = [
  ["n", "shortcuts.focus"],
  ["Enter", "shortcuts.start"],
  ["s", "shortcuts.toggle"],
  ["@", "shortcuts.project"],
  ["#", "shortcuts.tag"],
  ["Esc", "shortcuts.close"],
  ["?", "shortcuts.help"],
];

/** The keys that this page knows. */
export function ShortcutsDialog() {
  const { actions, state } = useApp();
  return html`<${Dialog} title=${t("shortcuts.title")} onClose=${() => actions.notices.showHelp(false)}>
    <dl class="keys">
      ${KEYS.map(([key, text]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${t(text)}</dd></div>`)}
    </dl>
    <${Switch} id="keys-on" label=${t("shortcuts.on")} hint=${t("shortcuts.on.hint")} checked=${state.keys} onChange=${actions.notices.setKeys} />
  <//>`;
}
