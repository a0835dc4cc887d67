// @ts-check
/** Short notices. They leave by themselves, but not while someone points at them or has the focus in them. */
import { t } from "../text/t.js";
import { useApp } from "./shared/app-context.js";
import { BadgeArt } from "./earned/badge-art.js";
import { html, useEffect, useState } from "./shared/html.js";
import { Icon } from "./shared/icon.js";

const SHOWN_MS = 8000;

export function Toasts() {
  const { toasts } = useApp().state;
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.map((toast) => html`<${Toast} key=${toast.id} toast=${toast} />`)}
  </div>`;
}

/** @param {{toast: import("../store.js").Toast}} props */
function Toast({ toast }) {
  const { actions } = useApp();
  const [held, setHeld] = useState(false);
  const dismiss = () => actions.notices.dismiss(toast.id);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(dismiss, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [held]);
  const act = () => {
    toast.action?.run();
    dismiss();
  };
  const hold = { onMouseEnter: () => setHeld(true), onMouseLeave: () => setHeld(false), onFocusin: () => setHeld(true), onFocusout: () => setHeld(false) };
  return html`<div class="toast toast-${toast.tone}" ...${hold}>
    ${toast.badges && html`<span class="toast-art">${toast.badges.slice(-3).map((badge) => html`<${BadgeArt} key=${badge.badge_id} badge=${badge} earned />`)}</span>`}
    <p>${toast.text}</p>
    ${toast.action && html`<button type="button" class="small" onClick=${act}>${toast.action.label}</button>`}
    <button type="button" class="icon-button" aria-label=${t("action.dismiss")} onClick=${dismiss}><${Icon} name="close" /></button>
  </div>`;
}
