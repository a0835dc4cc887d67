// @ts-check
/** The codes for who has lost the app. They are shown this once, so the dialog goes only when they are kept. */
import { saveText } from "../../page/save-file.js";
import { t } from "../../text/t.js";
import { CopyButton } from "../shared/copy-button.js";
import { Dialog } from "../shared/dialog.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

const FILE = "focushub-recovery-codes.txt";

/** @param {{codes: string[], onDone: () => void}} props */
export function RecoveryCodes({ codes, onDone }) {
  const [kept, setKept] = useState(false);
  const [warned, setWarned] = useState(false);
  const text = codes.join("\n");
  const close = () => (kept ? onDone() : setWarned(true));
  return html`<${Dialog} title=${t("recovery.title")} onClose=${close}>
    <p>${t("recovery.text")}</p>
    <ul class="recovery-codes" tabindex="0" autofocus aria-label=${t("recovery.title")}>${codes.map((code) => html`<li key=${code}><code>${code}</code></li>`)}</ul>
    <div class="form-actions">
      <${CopyButton} text=${text} label=${t("action.copy")} />
      <button type="button" onClick=${() => saveText(FILE, `${t("recovery.file", { host: location.host })}\n\n${text}\n`)}><${Icon} name="download" />${t("recovery.download")}</button>
    </div>
    <label class="check"><input type="checkbox" checked=${kept} onChange=${(/** @type {any} */ event) => setKept(event.currentTarget.checked)} />${t("recovery.kept")}</label>
    ${warned && !kept && html`<p class="form-error" role="alert">${t("recovery.warn")}</p>`}
    <div class="form-actions"><button type="button" class="primary" disabled=${!kept} onClick=${onDone}>${t("recovery.done")}</button></div>
  <//>`;
}
