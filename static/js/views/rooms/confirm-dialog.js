// @ts-check
import { t } from "../../text/t.js";
import { useAttempt } from "../shared/attempt.js";
import { Dialog } from "../shared/dialog.js";
import { html } from "../shared/html.js";

/** Asks once more; `plain` is what can be taken back. @param {{title: string, text: string, send: string, plain?: boolean, onSend: () => Promise<any>, onClose: () => void}} props */
export function ConfirmDialog({ title, text, send, plain = false, onSend, onClose }) {
  const attempt = useAttempt();
  const confirm = async () => {
    await attempt.run(onSend);
    onClose();
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>${text}</p>
    <div class="form-actions">
      <button type="button" class=${plain ? "primary" : "danger"} disabled=${attempt.busy} onClick=${confirm}>${send}</button>
      <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
    </div>
  <//>`;
}
