// @ts-check
/** For an account without a password: why it has none, and a link by mail that sets one. */
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html, useState } from "../shared/html.js";

/** @param {{user: import("../../domain/types.js").User}} props */
export function FirstPassword({ user }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  const [sent, setSent] = useState(false);
  const send = async () => {
    if (await attempt.run(() => actions.sessions.askReset({ email: user.email }))) setSent(true);
  };
  return html`<section class="panel" aria-labelledby="password-title">
    <h3 id="password-title">${t("password.title")}</h3>
    <p>${t("password.none")} ${t("password.none.why")}</p>
    <div aria-live="polite">${sent && html`<p class="note">${t("linked.sent", { email: user.email })}</p>`}</div>
    ${!sent && html`<div class="form-actions"><button type="button" disabled=${attempt.busy} onClick=${send}>${t("linked.password")}</button></div>`}
    <p class="hint">${t("password.ends")}</p>
  </section>`;
}
