// @ts-check
import { t } from "../../text/t.js";
import { useApp } from "./app-context.js";
import { html, useRef } from "./html.js";

/** A line to be copied. Over plain http there is no clipboard API; then the selection is copied the old way. @param {{text: string, label: string}} props */
export function CopyLine({ text, label }) {
  const { actions } = useApp();
  const input = useRef(/** @type {HTMLInputElement|null} */ (null));
  async function copy() {
    input.current?.select();
    try {
      if (navigator.clipboard) await navigator.clipboard.writeText(text);
      else if (!document.execCommand("copy")) throw new Error("no clipboard");
      actions.notices.toast(t("toast.copied"));
    } catch {
      actions.notices.toast(t("toast.notCopied"));
    }
  }
  return html`<div class="copy-line">
    <input ref=${input} type="text" readonly value=${text} aria-label=${label} onFocus=${() => input.current?.select()} />
    <button type="button" onClick=${copy}>${t("action.copy")}</button>
  </div>`;
}
