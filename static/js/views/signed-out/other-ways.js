// @ts-check
/** Ways in besides the password, as the server offers them, and why the last try did not work. */
import { t, textOf } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html, useEffect, useState } from "../shared/html.js";

export function OtherWays() {
  const { actions } = useApp();
  const [name, setName] = useState(/** @type {string|null} */ (null));
  useEffect(() => {
    void actions.sessions.methods().then(({ oidc }) => setName(oidc?.name ?? null)).catch(() => {});
  }, []);
  if (!name) return null;
  const next = new URLSearchParams(location.search).get("next") ?? (location.pathname === "/login" ? "/" : location.pathname);
  return html`<a class="button wide" href=${`/api/auth/oidc?next=${encodeURIComponent(next)}`}>${t("login.with", { name })}</a>`;
}

/** What the way back from the provider says in the page's address. */
export function RefusedOutside() {
  const code = new URLSearchParams(location.search).get("error");
  return code && html`<p class="form-error" role="alert">${textOf(`error.${code}`) ?? t("error.signin_failed")}</p>`;
}
