// @ts-check
/** Colours and language, of this browser: they take effect at once. */
import { LANGUAGES } from "../../domain/language.js";
import { NAMES, t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Select } from "../shared/field.js";
import { html } from "../shared/html.js";
import { Install } from "../shared/install.js";
import { ThemeChoice } from "../shared/theme-choice.js";

export function LookForm() {
  const { state, actions } = useApp();
  const options = [{ value: "auto", label: t("language.auto") }, ...LANGUAGES.map((value) => ({ value, label: NAMES[value] }))];
  return html`<section class="panel look-form" aria-label=${t("settings.part.look")}>
    <${ThemeChoice} />
    <${Select} id="language" label=${t("language.title")} hint=${t("language.hint")} value=${state.look.choice} options=${options} onChange=${actions.look.setLanguage} />
    <${Install} />
  </section>`;
}
