// @ts-check
/** One-time codes at signing in: on or off, and the codes for who has lost the app. */
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Dialog } from "../shared/dialog.js";
import { Field, FormError } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { useLoaded } from "../shared/loaded.js";
import { hasPassword, passwordGiven, withPassword } from "../shared/proof.js";
import { RecoveryCodes } from "./recovery-codes.js";
import { TotpSetup } from "./totp-setup.js";

const FEW = 3;

export function Totp() {
  const { actions, state: { session: { user } } } = useApp();
  const [open, setOpen] = useState(/** @type {"on"|"off"|"renew"|null} */ (null));
  const { value: state, reload } = useLoaded(actions.settings.totp);
  const done = () => {
    setOpen(null);
    void reload();
  };
  const left = state?.recovery_codes_left ?? 0;
  return html`<section class="panel" aria-labelledby="totp-title">
    <h3 id="totp-title">${t("totp.title")}</h3>
    ${!state && html`<p class="skeleton skeleton-lines"></p>`}
    ${state && !state.enabled && html`<p>${t("totp.off.text")}</p>${!hasPassword(user) && html`<p class="hint">${t("password.needed")}</p>`}<div class="form-actions"><button type="button" disabled=${!hasPassword(user)} onClick=${() => setOpen("on")}>${t("totp.turnOn")}</button></div>`}
    ${state?.enabled &&
    html`<p><span class="pill pill-good"><${Icon} name="check" />${t("totp.on")}</span> ${t("totp.on.text")}</p>
      <p class=${left < FEW ? "error" : "quiet"}>${t("totp.left", { count: left })}</p>
      <div class="form-actions">
        <button type="button" onClick=${() => setOpen("renew")}>${t("totp.renew")}</button>
        <button type="button" class="danger-text" onClick=${() => setOpen("off")}>${t("totp.turnOff")}</button>
      </div>`}
    ${open === "on" && html`<${TotpSetup} onClose=${done} />`}
    ${open === "off" && html`<${TurnOff} onClose=${done} />`}
    ${open === "renew" && html`<${Renew} onClose=${done} />`}
  </section>`;
}

const PROOF = { password: "", code: "" };

/** @param {typeof PROOF} values @returns {Record<string, string>} */
function check({ password, code }) {
  return { ...passwordGiven({ password }), ...(code.trim() ? {} : { code: "problem.code.none" }) };
}

/** @param {{onClose: () => void}} props */
function TurnOff({ onClose }) {
  const { actions } = useApp();
  const send = async (/** @type {typeof PROOF} */ values) => {
    await withPassword(actions.settings.endTotp(values));
    actions.notices.toast(t("totp.toast.off"));
    onClose();
  };
  return html`<${Dialog} title=${t("totp.turnOff")} onClose=${onClose}><p>${t("totp.turnOff.text")}</p>
    <${Proof} send=${send} label=${t("totp.turnOff")} danger onClose=${onClose} /><//>`;
}

/** @param {{onClose: () => void}} props */
function Renew({ onClose }) {
  const { actions } = useApp();
  const [codes, setCodes] = useState(/** @type {string[]|null} */ (null));
  const send = async (/** @type {typeof PROOF} */ values) => setCodes((await withPassword(actions.settings.renewCodes(values))).recovery_codes);
  if (codes) return html`<${RecoveryCodes} codes=${codes} onDone=${onClose} />`;
  return html`<${Dialog} title=${t("totp.renew")} onClose=${onClose}><p>${t("totp.renew.text")}</p>
    <${Proof} send=${send} label=${t("totp.renew")} onClose=${onClose} /><//>`;
}

/** Both, since either alone may have been stolen. @param {{send: (values: typeof PROOF) => Promise<any>, label: string, danger?: boolean, onClose: () => void}} props */
function Proof({ send, label, danger = false, onClose }) {
  const form = useForm({ values: PROOF, check, send, prefix: "proof-" });
  return html`<form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
    <${Field} ...${form.field("password")} type="password" label=${t("field.password.current")} autocomplete="current-password" autofocus />
    <${Field} ...${form.field("code")} label=${t("field.code")} hint=${t("hint.code")} autocomplete="one-time-code" autocapitalize="none" spellcheck=${false} />
    <${FormError} text=${form.problems[""]} />
    <div class="form-actions">
      <button type="submit" class=${danger ? "danger" : "primary"} disabled=${form.busy}>${label}</button>
      <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
    </div>
  </form>`;
}
