// @ts-check
/** Light, dark, or as the system has it: for this browser. */
import { t } from "../../text/t.js";
import { useApp } from "./app-context.js";
import { html } from "./html.js";
import { Segments } from "./segments.js";

export function ThemeChoice() {
  const { state, actions } = useApp();
  const options = ["auto", "light", "dark"].map((value) => ({ value, label: t(`theme.${value}`) }));
  return html`<div class="field"><span class="field-name" aria-hidden="true">${t("theme.title")}</span>
    <${Segments} label=${t("theme.title")} value=${state.look.theme} options=${options} onChange=${actions.look.setTheme} /></div>`;
}
