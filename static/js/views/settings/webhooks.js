// @ts-check
/** Webhooks: addresses that one's events are sent to. */
import { hostOf } from "../../domain/webhooks.js";
import { t } from "../../text/t.js";
import { ConfirmDialog } from "../rooms/confirm-dialog.js";
import { useApp } from "../shared/app-context.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { useLoaded } from "../shared/loaded.js";
import { SecretOnce } from "../shared/secret-once.js";
import { Deliveries } from "./deliveries.js";
import { WebhookDialog } from "./webhook-dialog.js";
import { WebhookRow } from "./webhook-row.js";

/** @typedef {import("../../domain/webhooks.js").Webhook} Webhook @typedef {{is: "make"|"edit"|"delete"|"secret"|"sent", webhook: Webhook|null}} Open */

export function Webhooks() {
  const { actions } = useApp();
  const [open, setOpen] = useState(/** @type {Open|null} */ (null));
  const [shown, setShown] = useState(/** @type {{host: string, secret: string}|null} */ (null));
  const { value: webhooks, set } = useLoaded(actions.webhooks.list);
  const close = () => setOpen(null);
  const keep = (/** @type {Webhook} */ webhook) => set((webhooks ?? []).map((each) => (each.id === webhook.id ? webhook : each)));
  const made = (/** @type {Webhook & {secret: string}} */ webhook) => {
    set([...(webhooks ?? []), webhook]);
    setShown({ host: hostOf(webhook.url), secret: webhook.secret });
    close();
  };
  const remove = async (/** @type {Webhook} */ webhook) => {
    await actions.webhooks.delete(webhook.id);
    set((webhooks ?? []).filter(({ id }) => id !== webhook.id));
    actions.notices.toast(t("webhooks.toast.deleted"));
  };
  const renew = async (/** @type {Webhook} */ webhook) => {
    const { secret, old_secret_until } = await actions.webhooks.newSecret(webhook.id);
    keep({ ...webhook, old_secret_until });
    setShown({ host: hostOf(webhook.url), secret });
  };
  const { is, webhook } = open ?? { is: null, webhook: null };
  return html`<section class="panel" aria-labelledby="webhooks-title">
    <header class="panel-head"><h3 id="webhooks-title">${t("webhooks.title")}</h3>
      <button type="button" class="small" onClick=${() => setOpen({ is: "make", webhook: null })}><${Icon} name="plus" />${t("webhooks.new")}</button></header>
    <p class="quiet">${t("webhooks.text")}</p>
    ${shown && html`<${SecretOnce} title=${t("webhooks.secret.title", { host: shown.host })} text=${t("webhooks.secret.text")} secret=${shown.secret} label=${t("webhooks.secret")} onDone=${() => setShown(null)} />`}
    ${!webhooks && html`<p class="skeleton skeleton-lines"></p>`}
    ${webhooks && webhooks.length > 0 && html`<ul class="webhooks">${webhooks.map((each) => html`<${WebhookRow} key=${each.id} webhook=${each} onChanged=${keep} onOpen=${(/** @type {Open["is"]} */ what) => setOpen({ is: what, webhook: each })} />`)}</ul>`}
    ${is === "make" && html`<${WebhookDialog} webhook=${null} onDone=${made} onClose=${close} />`}
    ${is === "edit" && html`<${WebhookDialog} webhook=${webhook} onDone=${(/** @type {Webhook} */ edited) => (keep(edited), close())} onClose=${close} />`}
    ${is === "sent" && webhook && html`<${Deliveries} webhook=${webhook} onClose=${close} />`}
    ${is === "delete" && webhook && html`<${ConfirmDialog} title=${t("webhooks.delete")} text=${t("webhooks.delete.text", { host: hostOf(webhook.url) })} send=${t("action.delete")} onSend=${() => remove(webhook)} onClose=${close} />`}
    ${is === "secret" && webhook && html`<${ConfirmDialog} title=${t("webhooks.renew")} text=${t("webhooks.renew.text")} send=${t("webhooks.renew")} onSend=${() => renew(webhook)} onClose=${close} />`}
  </section>`;
}
