// @ts-check
/** Signing in by the server's OpenID provider: link one's account, or unlink it. */
import { t, textOf } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html, useEffect, useState } from "../shared/html.js";

export function LinkedAccount() {
  const { actions } = useApp();
  const attempt = useAttempt();
  const [shown, setShown] = useState(/** @type {{name: string, linked: boolean}|null} */ (null));
  const load = async () => {
    const { oidc } = await actions.sessions.methods();
    if (oidc) setShown({ name: oidc.name, linked: (await actions.settings.oidcLink()).linked });
  };
  useEffect(() => {
    void load().catch(() => {});
  }, []);
  if (!shown) return null;
  const { name, linked } = shown;
  const code = new URLSearchParams(location.search).get("error");
  const link = async () => location.assign((await actions.settings.linkOidc()).url);
  const unlink = async () => {
    await actions.settings.unlinkOidc();
    await load();
  };
  return html`<section class="panel" aria-labelledby="linked-title">
    <h3 id="linked-title">${t("linked.title", { name })}</h3>
    ${code && html`<p class="form-error" role="alert">${textOf(`error.${code}`) ?? t("error.signin_failed")}</p>`}
    <p>${t(linked ? "linked.yes" : "linked.no", { name })}</p>
    <div class="form-actions"><button type="button" disabled=${attempt.busy} onClick=${() => attempt.run(linked ? unlink : link)}>${t(linked ? "linked.unlink" : "linked.link")}</button></div>
  </section>`;
}
