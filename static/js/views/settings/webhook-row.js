// @ts-check
/** One webhook: where it leads, how the sending goes, and what can be done. */
import { hostOf, stateOf } from "../../domain/webhooks.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html } from "../shared/html.js";
import { Menu } from "../shared/menu.js";
import { useProject } from "../shared/timer-state.js";

/** @typedef {import("../../domain/webhooks.js").Webhook} Webhook */

const CHIPS = { on: "pill-good", off: "", failing: "pill-warn", stopped: "pill-bad" };

/** @param {{webhook: Webhook, onChanged: (webhook: Webhook) => void, onOpen: (what: "edit"|"delete"|"secret"|"sent") => void}} props */
export function WebhookRow({ webhook, onChanged, onOpen }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  const project = useProject(webhook.project_id);
  const state = stateOf(webhook);
  const host = hostOf(webhook.url);
  const turn = (/** @type {boolean} */ active) => attempt.run(async () => onChanged(await actions.webhooks.edit(webhook.id, { active })));
  const test = () =>
    attempt.run(async () => {
      await actions.webhooks.test(webhook.id);
      onOpen("sent");
    });
  const items = [
    { key: "test", label: t("webhooks.test"), run: test },
    { key: "sent", label: t("webhooks.deliveries"), run: () => onOpen("sent") },
    { key: "edit", label: t("action.edit"), run: () => onOpen("edit") },
    { key: "secret", label: t("webhooks.renew"), run: () => onOpen("secret") },
    { key: "turn", label: t(webhook.active ? "webhooks.turnOff" : "webhooks.turnOn"), run: () => void turn(!webhook.active) },
    { key: "delete", label: t("action.delete"), danger: true, run: () => onOpen("delete") },
  ];
  const what = webhook.events.includes("*") ? t("webhooks.all") : t("webhooks.events", { count: webhook.events.length });
  return html`<li class="webhook">
    <span class="person-lines"><b>${host}</b>
      <span class="quiet">${project ? `${project.name} · ` : ""}${what}</span>
      <span class="quiet webhook-url">${webhook.url}</span>
      ${state === "failing" && html`<span class="warn">${t("webhooks.failures", { count: webhook.failures })}</span>`}
      ${state === "stopped" && html`<span class="error">${t(`webhooks.reason.${webhook.disabled_reason}`)} <button type="button" class="text-button" disabled=${attempt.busy} onClick=${() => turn(true)}>${t("webhooks.turnOn")}</button></span>`}</span>
    <span class="pill ${CHIPS[state]}">${t(`webhooks.state.${state}`)}</span>
    <${Menu} label=${t("webhooks.menu", { host })} items=${items} disabled=${attempt.busy} />
  </li>`;
}
