// @ts-check
import { EXPIRIES, expiryOf, scopesFor, tokenProblems } from "../../domain/api-tokens.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Dialog } from "../shared/dialog.js";
import { Field, FormError, Select } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";

const START = { name: "", scopes: ["read", "timer"], expires: "90" };

/** What a new token is for, what it may, and how long. @param {{onMade: (token: any) => void, onClose: () => void}} props */
export function TokenDialog({ onMade, onClose }) {
  const { state, actions, now } = useApp();
  const send = async (/** @type {typeof START} */ { name, scopes, expires }) => onMade(await actions.settings.makeToken({ name: name.trim(), scopes, expires_at: expiryOf(expires, now()) }));
  const form = useForm({ values: START, check: tokenProblems, send, prefix: "token-" });
  const { scopes } = form.values;
  const expires = form.field("expires");
  const toggle = (/** @type {string} */ scope, /** @type {boolean} */ on) => form.field("scopes").onInput(on ? [...scopes, scope] : scopes.filter((each) => each !== scope));
  const expiries = EXPIRIES.map((days) => ({ value: days, label: days === "" ? t("tokens.expires.never") : t("tokens.expires.days", { count: Number(days) }) }));
  return html`<${Dialog} title=${t("tokens.new")} onClose=${onClose}>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <${Field} ...${form.field("name")} label=${t("field.name")} hint=${t("tokens.name.hint")} maxlength="100" autofocus />
      <fieldset class="checks" aria-describedby=${form.problems.scopes ? "token-scopes-error" : undefined}>
        <legend>${t("tokens.scopes")}</legend>
        ${scopesFor(state.session.user?.role === "admin").map(
          (scope) => html`<label key=${scope} class="check"><input type="checkbox" name="scopes" checked=${scopes.includes(scope)} onChange=${(/** @type {any} */ event) => toggle(scope, event.currentTarget.checked)} />
            <span><b>${t(`scope.${scope}`)}</b> <span class="quiet">${t(`scope.text.${scope}`)}</span></span></label>`,
        )}
        ${form.problems.scopes && html`<p class="error" id="token-scopes-error">${form.problems.scopes}</p>`}
      </fieldset>
      <${Select} id=${expires.id} value=${expires.value} onChange=${expires.onInput} label=${t("tokens.expires")} hint=${expires.value === "" ? t("tokens.expires.hint") : undefined} options=${expiries} />
      <p class="hint">${t("tokens.not")}</p>
      <${FormError} text=${form.problems[""] ?? form.problems.expires} />
      <div class="form-actions">
        <button type="submit" class="primary" disabled=${form.busy}>${t("tokens.create")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
      </div>
    </form>
  <//>`;
}
