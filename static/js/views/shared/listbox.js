// @ts-check
/**
 * The list under an input that completes: arrows move, Enter or Tab takes, Escape closes; the focus stays in the input.
 * Where the text counts as it is, nothing is chosen until an arrow was pressed, and Enter and Tab are the input's own.
 */
import { html, useEffect, useState } from "./html.js";

/**
 * @template T
 * @param {{id: string, items: T[], open: boolean, onTake: (item: T) => void, onClose: () => void, optional?: boolean}} list
 */
export function useListbox({ id, items, open, onTake, onClose, optional = false }) {
  const first = optional ? -1 : 0;
  const [active, setActive] = useState(first);
  const shown = open && items.length > 0;
  const at = Math.min(active, items.length - 1);
  useEffect(() => setActive(first), [open, items.length, first]);

  return {
    shown,
    active: at,
    input: {
      role: "combobox",
      autocomplete: "off",
      "aria-autocomplete": "list",
      "aria-expanded": String(shown),
      "aria-controls": `${id}-list`,
      "aria-activedescendant": shown && at >= 0 ? `${id}-${at}` : undefined,
    },
    /** Answers whether the key was the list's. @param {KeyboardEvent} event */
    onKeyDown(event) {
      if (!shown || event.isComposing) return false;
      if (event.key === "ArrowDown") setActive((at + 1) % items.length);
      else if (event.key === "ArrowUp") setActive(at <= 0 ? items.length - 1 : at - 1);
      else if ((event.key === "Enter" || event.key === "Tab") && at < 0) return false;
      else if (event.key === "Enter" || event.key === "Tab") onTake(items[at]);
      else if (event.key === "Escape") onClose();
      else return false;
      event.preventDefault();
      event.stopPropagation();
      return true;
    },
  };
}

/**
 * @param {{id: string, label: string, items: any[], active: number, shown: boolean, onTake: (item: any) => void, draw: (item: any) => any}} props
 */
export function Listbox({ id, label, items, active, shown, onTake, draw }) {
  useEffect(() => document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: "nearest" }), [active, shown]);
  const onDown = (/** @type {Event} */ event, /** @type {any} */ item) => {
    event.preventDefault(); // or the input would lose the focus first
    onTake(item);
  };
  return html`<ul class="listbox" id="${id}-list" role="listbox" aria-label=${label} hidden=${!shown}>
    ${shown &&
    items.map(
      (item, index) => html`<li key=${index} id="${id}-${index}" role="option" aria-selected=${String(index === active)}
        onPointerDown=${(/** @type {Event} */ event) => onDown(event, item)}>${draw(item)}</li>`,
    )}
  </ul>`;
}
