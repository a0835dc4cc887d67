// @ts-check
/** API tokens: keys for programs of one's own. */
import { endOf } from "../../domain/api-tokens.js";
import { knownZone } from "../../domain/days.js";
import { agoText, dayYearText } from "../../domain/format.js";
import { t, textOf } from "../../text/t.js";
import { ConfirmDialog } from "../rooms/confirm-dialog.js";
import { useApp } from "../shared/app-context.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { useLoaded } from "../shared/loaded.js";
import { SecretOnce } from "../shared/secret-once.js";
import { TokenDialog } from "./token-dialog.js";

/** @typedef {import("../../domain/api-tokens.js").ApiToken} ApiToken */

export function ApiTokens() {
  const { actions } = useApp();
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState(/** @type {(ApiToken & {token: string})|null} */ (null));
  const [ending, setEnding] = useState(/** @type {ApiToken|null} */ (null));
  const { value: tokens, set, reload } = useLoaded(actions.settings.tokens);
  const onMade = (/** @type {ApiToken & {token: string}} */ token) => {
    setMaking(false);
    setMade(token);
    void reload();
  };
  const end = async () => {
    if (!ending) return;
    await actions.settings.deleteToken(ending.id);
    set((tokens ?? []).filter(({ id }) => id !== ending.id));
    if (made?.id === ending.id) setMade(null);
    actions.notices.toast(t("tokens.toast.deleted"));
  };
  return html`<section class="panel" aria-labelledby="tokens-title">
    <header class="panel-head"><h3 id="tokens-title">${t("tokens.title")}</h3>
      <button type="button" class="small" onClick=${() => setMaking(true)}><${Icon} name="plus" />${t("tokens.new")}</button></header>
    <p class="quiet">${t("tokens.text")} <a href="/api-docs" target="_blank" rel="noopener">${t("tokens.docs")}</a></p>
    ${made && html`<${SecretOnce} title=${t("tokens.made", { name: made.name })} text=${t("secret.once")} secret=${made.token} label=${t("tokens.secret")} onDone=${() => setMade(null)} />`}
    ${!tokens && html`<p class="skeleton skeleton-lines"></p>`}
    ${tokens && tokens.length > 0 && html`<ul class="people">${tokens.map((token) => html`<${Token} key=${token.id} token=${token} onDelete=${() => setEnding(token)} />`)}</ul>`}
    ${making && html`<${TokenDialog} onMade=${onMade} onClose=${() => setMaking(false)} />`}
    ${ending && html`<${ConfirmDialog} title=${t("tokens.delete.title", { name: ending.name })} text=${t("tokens.delete.text")} send=${t("action.delete")} onSend=${end} onClose=${() => setEnding(null)} />`}
  </section>`;
}

/** @param {{token: ApiToken, onDelete: () => void}} props */
function Token({ token, onDelete }) {
  const { state, now } = useApp();
  const zone = knownZone(state.session.user?.timezone);
  const end = endOf(token.expires_at, now());
  const until = token.expires_at ? dayYearText(Date.parse(token.expires_at), zone) : "";
  const used = token.last_used_at ? t("tokens.used", { when: agoText(Date.parse(token.last_used_at), now(), zone) }) : t("tokens.unused");
  return html`<li class="token">
    <span class="person person-lines"><b>${token.name}</b>
      <span class="pills">${token.scopes.map((scope) => html`<span key=${scope} class="pill">${textOf(`scope.${scope}`) ?? scope}</span>`)}</span>
      <span class=${end === "soon" || end === "over" ? "error" : "quiet"}>${t(`tokens.end.${end}`, { date: until })}</span><span class="quiet">${used}</span></span>
    <button type="button" class="icon-button" onClick=${onDelete} aria-label=${t("tokens.delete.title", { name: token.name })}><${Icon} name="trash" /></button>
  </li>`;
}
