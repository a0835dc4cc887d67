// @ts-check
import { t } from "../../text/t.js";
import { useApp } from "./app-context.js";
import { html, useEffect, useState } from "./html.js";
import { Icon } from "./icon.js";

const SHOWN_MS = 2500;

/** Copies a text, and says on itself that it did. @param {{text: string, label: string}} props */
export function CopyButton({ text, label }) {
  const { actions } = useApp();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  async function copy() {
    const done = await put(text);
    setCopied(done);
    if (done) actions.notices.say(t("toast.copied"));
    else actions.notices.toast(t("room.link.byHand", { link: text }));
  }
  return html`<button type="button" onClick=${copy}><${Icon} name=${copied ? "check" : "link"} />${copied ? t("toast.copied") : label}</button>`;
}

/** Over plain http there is no clipboard API; then a selection is copied the old way. @param {string} text */
async function put(text) {
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else if (!copySelected(text)) return false;
    return true;
  } catch {
    return copySelected(text);
  }
}

/** @param {string} text */
function copySelected(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr-only";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
