// @ts-check
/** A secret that the server shows this once: to be copied before it is put away. */
import { t } from "../../text/t.js";
import { CopyLine } from "./copy-line.js";
import { html, useEffect, useRef } from "./html.js";
import { Icon } from "./icon.js";

/** @param {{title: string, text: string, secret: string, label: string, onDone: () => void}} props */
export function SecretOnce({ title, text, secret, label, onDone }) {
  const ref = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => {
    ref.current?.focus();
    ref.current?.scrollIntoView({ block: "nearest" });
  }, [secret]);
  return html`<div class="secret-once" role="group" aria-label=${title} tabindex="-1" ref=${ref}>
    <p><b><${Icon} name="check" />${title}</b></p>
    <p>${text}</p>
    <${CopyLine} text=${secret} label=${label} />
    <button type="button" class="small" onClick=${onDone}>${t("secret.done")}</button>
  </div>`;
}
