// @ts-check
/** A button with a short list of things to do: arrows move, Enter does, Escape closes and gives the focus back. */
import { html, useLayoutEffect, useRef, useState } from "./html.js";
import { Icon } from "./icon.js";

/** @param {{label: string, text?: string, icon?: string, disabled?: boolean, items: {key: string, label: string, danger?: boolean, run: () => void}[]}} props  with `text` the button says it, else it is three dots */
export function Menu({ label, text, icon = "more", items, disabled = false }) {
  const [open, setOpen] = useState(false);
  const place = useRef(/** @type {HTMLElement|null} */ (null));
  const choices = () => /** @type {HTMLElement[]} */ ([...(place.current?.querySelectorAll("[role=menuitem]") ?? [])]);
  const close = () => {
    setOpen(false);
    /** @type {HTMLElement|null|undefined} */ (place.current?.querySelector("button"))?.focus();
  };
  useLayoutEffect(() => {
    if (!open) return;
    choices()[0]?.focus();
    const away = (/** @type {Event} */ event) => !place.current?.contains(/** @type {Node} */ (event.target)) && setOpen(false);
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    if (!open) return;
    const all = choices();
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (to !== undefined) all[(to + all.length) % all.length].focus();
    else return;
    event.preventDefault();
  }

  /** @param {() => void} run */
  function take(run) {
    close(); // first, so that a dialog which opens now gives the focus back to the button
    run();
  }
  return html`<div class="menu" ref=${place} onKeyDown=${onKeyDown}>
    <button type="button" class=${text ? "" : "icon-button"} aria-label=${text ? undefined : label} aria-haspopup="menu" aria-expanded=${String(open)} disabled=${disabled}
      onClick=${() => setOpen(!open)}><${Icon} name=${icon} />${text}</button>
    ${open &&
    html`<div class="menu-list" role="menu" aria-label=${label}>
      ${items.map(
        ({ key, label: name, danger, run }) => html`<button key=${key} type="button" role="menuitem" tabindex="-1" class=${danger ? "danger-text" : ""}
          onClick=${() => take(run)}>${name}</button>`,
      )}
    </div>`}
  </div>`;
}
