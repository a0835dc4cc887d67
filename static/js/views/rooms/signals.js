// @ts-check
/** Whether the end of a phase is heard, and shown outside of the page. */
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

export function Signals() {
  const { state, actions } = useApp();
  const { sound, notify } = state.signals;
  return html`<div class="signals" role="group" aria-label=${t("signals.title")}>
    <button type="button" class="signal" aria-pressed=${String(sound)} title=${t("signals.sound.hint")} onClick=${() => actions.signals.setSound(!sound)}>
      <${Icon} name=${sound ? "sound" : "silent"} />${t("signals.sound")}
    </button>
    ${"Notification" in globalThis &&
    html`<button type="button" class="signal" aria-pressed=${String(notify)} title=${t("signals.notify.hint")} onClick=${() => actions.signals.setNotify(!notify)}>
      <${Icon} name="bell" />${t("signals.notify")}
    </button>`}
  </div>`;
}
