// @ts-check
/** The pages of someone who is not signed in. */
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { LoginForm } from "./login-form.js";
import { OtherWays, RefusedOutside } from "./other-ways.js";
import { SignupForm } from "./signup-form.js";

export function Welcome() {
  return html`<section class="welcome">
    <div class="welcome-words">
      <h1 tabindex="-1">${t("welcome.title")}</h1>
      <p class="lead">${t("welcome.lead")}</p>
      <ul class="promises">
        ${["live", "offline", "yours"].map((key) => html`<li key=${key}><b>${t(`welcome.${key}.title`)}</b> ${t(`welcome.${key}.text`)}</li>`)}
      </ul>
    </div>
    <div class="panel auth">
      <h2>${t("signup.title")}</h2>
      <${SignupForm} />
      <p class="quiet">${t("signup.already")} <a href="/login">${t("auth.logIn")}</a></p>
    </div>
  </section>`;
}

export function SignupPage() {
  return html`<section class="page auth-page">
    <div class="panel auth">
      <h1 tabindex="-1">${t("signup.title")}</h1>
      <${SignupForm} />
      <p class="quiet">${t("signup.already")} <a href=${withNext("/login")}>${t("auth.logIn")}</a></p>
    </div>
  </section>`;
}

export function LoginPage() {
  const { route } = useApp().state;
  return html`<section class="page auth-page">
    <div class="panel auth">
      <h1 tabindex="-1">${t("login.title")}</h1>
      ${route.name === "invite" && html`<p class="note">${t("login.invited")}</p>`}
      ${route.name === "room" && html`<p class="note">${t("login.room")}</p>`}
      <${RefusedOutside} />
      <${LoginForm} />
      <${OtherWays} />
      <p class="quiet"><a href="/reset">${t("login.forgotten")}</a></p>
      <p class="quiet">${t("login.new")} <a href=${withNext("/signup")}>${t("auth.signUp")}</a></p>
    </div>
  </section>`;
}

export function Unreachable() {
  return html`<section class="page narrow">
    <h1 tabindex="-1">${t("unreachable.title")}</h1>
    <p class="quiet">${t("unreachable.text")}</p>
  </section>`;
}

/** The way back to what one wanted to see. @param {string} path */
export function withNext(path) {
  const asked = new URLSearchParams(location.search).get("next");
  const next = asked ?? (["/", "/login", "/signup"].includes(location.pathname) ? null : location.pathname);
  return next ? `${path}?next=${encodeURIComponent(next)}` : path;
}
