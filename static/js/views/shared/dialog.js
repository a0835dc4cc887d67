// @ts-check
/** A modal <dialog>: the browser keeps the focus in it, Escape closes it, and the focus goes back where it was. A sheet comes from below, near the thumb. */
import { html, useEffect, useRef } from "./html.js";
import { Icon } from "./icon.js";
import { t } from "../../text/t.js";

let dialogs = 0;

/** @param {{title: string, onClose: () => void, wide?: boolean, sheet?: boolean, children: any}} props */
export function Dialog({ title, onClose, wide = false, sheet = false, children }) {
  const ref = useRef(/** @type {HTMLDialogElement|null} */ (null));
  const id = useRef(`dialog-${(dialogs += 1)}`).current;
  useEffect(() => {
    const before = /** @type {HTMLElement|null} */ (document.activeElement);
    const dialog = ref.current;
    dialog?.showModal();
    return () => {
      dialog?.close(); // while it is open, nothing outside of it can have the focus
      before?.focus?.();
    };
  }, []);
  const onCancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    onClose();
  };
  const onClick = (/** @type {MouseEvent} */ event) => event.target === ref.current && onClose();
  return html`<dialog ref=${ref} class="dialog ${wide ? "dialog-wide" : ""} ${sheet ? "dialog-sheet" : ""}" aria-labelledby=${id} onCancel=${onCancel} onClick=${onClick}>
    <div class="dialog-body">
      <header class="dialog-head">
        <h2 id=${id}>${title}</h2>
        <button type="button" class="icon-button" aria-label=${t("action.close")} onClick=${onClose}><${Icon} name="close" /></button>
      </header>
      ${children}
    </div>
  </dialog>`;
}
