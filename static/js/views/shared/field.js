// @ts-check
/** A labelled input with its hint and its error, tied together for those who hear the page. */
import { html } from "./html.js";

/**
 * @param {{id: string, label: string, value: string, onInput: (value: string) => void, error?: string, hint?: string,
 *   type?: string, area?: boolean, onBlur?: (event: FocusEvent) => void, [attribute: string]: any}} props
 */
export function Field({ id, label, value, onInput, error, hint, type = "text", area = false, onBlur, ...rest }) {
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const attributes = {
    id,
    name: id,
    value,
    onBlur,
    onInput: (/** @type {any} */ event) => onInput(event.currentTarget.value),
    "aria-describedby": described || undefined,
    "aria-invalid": error ? "true" : undefined,
    ...rest,
  };
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${area ? html`<textarea rows="3" ...${attributes}></textarea>` : html`<input type=${type} ...${attributes} />`}
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
    ${error && html`<p class="error" id="${id}-error">${error}</p>`}
  </div>`;
}

/**
 * @param {{id: string, label: string, value: string|number, onChange: (value: string) => void, hint?: string,
 *   options: {value: string|number, label: string}[], [attribute: string]: any}} props
 */
export function Select({ id, label, value, onChange, options, hint, ...rest }) {
  const onInput = (/** @type {any} */ event) => onChange(event.currentTarget.value);
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <select id=${id} onChange=${onInput} aria-describedby=${hint ? `${id}-hint` : undefined} ...${rest}>
      ${options.map((option) => html`<option key=${option.value} value=${option.value} selected=${String(option.value) === String(value)}>${option.label}</option>`)}
    </select>
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>`;
}

/** @param {{id: string, label: string, checked: boolean, onChange: (checked: boolean) => void, hint?: string}} props */
export function Switch({ id, label, checked, onChange, hint }) {
  return html`<div class="switch">
    <input type="checkbox" role="switch" id=${id} checked=${checked} aria-describedby=${hint ? `${id}-hint` : undefined}
      onChange=${(/** @type {any} */ event) => onChange(event.currentTarget.checked)} />
    <div>
      <label for=${id}>${label}</label>
      ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
    </div>
  </div>`;
}

/** What concerns the whole form. @param {{text?: string}} props */
export function FormError({ text }) {
  return html`<p class="form-error" role="alert">${text}</p>`;
}
