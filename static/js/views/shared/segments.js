// @ts-check
/** One of a few, side by side. */
import { html } from "./html.js";

/** @param {{label: string, value: string, options: {value: string, label: string}[], onChange: (value: any) => void}} props */
export function Segments({ label, value, options, onChange }) {
  return html`<div class="segments" role="group" aria-label=${label}>
    ${options.map(
      (option) => html`<button key=${option.value} type="button" aria-pressed=${String(option.value === value)} onClick=${() => onChange(option.value)}>${option.label}</button>`,
    )}
  </div>`;
}
