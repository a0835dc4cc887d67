// @ts-check
/** Turning one-time codes on: the password, the secret into an app, a code of it, and what helps without the app. */
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { CopyLine } from "../shared/copy-line.js";
import { Dialog } from "../shared/dialog.js";
import { Field, FormError } from "../shared/field.js";
import { useAutofocus } from "../shared/focus.js";
import { useForm } from "../shared/form.js";
import { html, useState } from "../shared/html.js";
import { passwordGiven, withPassword } from "../shared/proof.js";
import { QrCode } from "../shared/qr-code.js";
import { RecoveryCodes } from "./recovery-codes.js";

/** @typedef {{secret: string, otpauth_url: string}} Secret */

/** @param {{onClose: () => void}} props */
export function TotpSetup({ onClose }) {
  const [secret, setSecret] = useState(/** @type {Secret|null} */ (null));
  const [codes, setCodes] = useState(/** @type {string[]|null} */ (null));
  if (codes) return html`<${RecoveryCodes} codes=${codes} onDone=${onClose} />`;
  return html`<${Dialog} title=${t("totp.title")} onClose=${onClose}>
    ${secret ? html`<${Scan} secret=${secret} onConfirmed=${setCodes} onClose=${onClose} />` : html`<${AskPassword} onSecret=${setSecret} onClose=${onClose} />`}
  <//>`;
}

/** @param {{onSecret: (secret: Secret) => void, onClose: () => void}} props */
function AskPassword({ onSecret, onClose }) {
  const { actions } = useApp();
  const send = async (/** @type {{password: string}} */ values) => onSecret(await withPassword(actions.settings.beginTotp(values)));
  const form = useForm({ values: { password: "" }, check: passwordGiven, send, prefix: "totp-" });
  return html`<form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
    <p>${t("totp.setup.text")}</p>
    <${Field} ...${form.field("password")} type="password" label=${t("field.password.current")} autocomplete="current-password" autofocus />
    <${FormError} text=${form.problems[""]} />
    <div class="form-actions">
      <button type="submit" class="primary" disabled=${form.busy}>${t("totp.setup.next")}</button>
      <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
    </div>
  </form>`;
}

/** @param {{secret: Secret, onConfirmed: (codes: string[]) => void, onClose: () => void}} props */
function Scan({ secret, onConfirmed, onClose }) {
  const { actions } = useApp();
  const check = (/** @type {{code: string}} */ { code }) => /** @type {Record<string, string>} */ (/^\s*\d{3}\s*\d{3}\s*$/.test(code) ? {} : { code: "problem.code.digits" });
  const send = async (/** @type {{code: string}} */ { code }) => onConfirmed((await actions.settings.confirmTotp({ code: code.replace(/\s/g, "") })).recovery_codes);
  const form = useForm({ values: { code: "" }, check, send, prefix: "totp-" });
  useAutofocus(form.ref);
  return html`<form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
    <p>${t("totp.scan")}</p>
    <div class="qr-place"><${QrCode} text=${secret.otpauth_url} label=${t("totp.qr")} /></div>
    <details class="more"><summary>${t("totp.byHand")}</summary>
      <p class="hint">${t("totp.byHand.text")} <a href=${secret.otpauth_url}>${t("totp.open")}</a></p>
      <${CopyLine} text=${(secret.secret.match(/.{1,4}/g) ?? []).join(" ")} label=${t("totp.secret")} /></details>
    <${Field} ...${form.field("code")} label=${t("totp.code")} hint=${t("totp.code.hint")} inputmode="numeric" autocomplete="one-time-code" maxlength="7" autofocus />
    <${FormError} text=${form.problems[""]} />
    <div class="form-actions">
      <button type="submit" class="primary" disabled=${form.busy}>${t("totp.turnOn")}</button>
      <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
    </div>
  </form>`;
}
