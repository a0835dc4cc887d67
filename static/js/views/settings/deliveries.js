// @ts-check
/** What a webhook has sent, and what became of it. What is on its way is looked at again until it has ended. */
import { knownZone } from "../../domain/days.js";
import { dateTimeText } from "../../domain/format.js";
import { hostOf, lastTry } from "../../domain/webhooks.js";
import { t, textOf } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { Dialog } from "../shared/dialog.js";
import { Select } from "../shared/field.js";
import { html, useEffect, useState } from "../shared/html.js";
import { usePages } from "../shared/loaded.js";

/** @typedef {import("../../domain/webhooks.js").Delivery} Delivery @typedef {import("../../domain/webhooks.js").Webhook} Webhook */

const STATES = ["", "waiting", "delivered", "failed", "dropped"];
const CHIPS = { waiting: "", delivered: "pill-good", failed: "pill-bad", dropped: "" };
const LOOK_MS = 1500;
const LOOKS = 12;

/** @param {{webhook: Webhook, onClose: () => void}} props */
export function Deliveries({ webhook, onClose }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  const [state, setState] = useState("");
  const [looks, setLooks] = useState(0);
  const { rows, more, busy, reload } = usePages((cursor) => actions.webhooks.deliveries(webhook.id, state || undefined, cursor), [state]);
  const waits = looks < LOOKS && (rows ?? []).some((row) => row.state === "waiting");
  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(() => {
      setLooks(looks + 1);
      void reload();
    }, LOOK_MS);
    return () => clearTimeout(timer);
  }, [waits, looks, rows]);
  const run = (/** @type {() => Promise<any>} */ task) =>
    attempt.run(async () => {
      await task();
      setLooks(0);
      await reload();
    });
  const states = STATES.map((value) => ({ value, label: value ? t(`deliveries.state.${value}`) : t("deliveries.state.any") }));
  return html`<${Dialog} title=${t("deliveries.title", { host: hostOf(webhook.url) })} wide onClose=${onClose}>
    <div class="deliveries-head">
      <${Select} id="deliveries-state" label=${t("deliveries.state")} value=${state} onChange=${setState} options=${states} />
      <button type="button" disabled=${attempt.busy} onClick=${() => run(() => actions.webhooks.test(webhook.id))}>${t("webhooks.test")}</button>
    </div>
    ${!rows && html`<p class="skeleton skeleton-lines"></p>`}
    ${rows?.length === 0 && html`<p class="quiet">${t(state ? "deliveries.none" : "deliveries.empty")}</p>`}
    <ul class="deliveries" aria-live="polite">
      ${(rows ?? []).map((row) => html`<${Row} key=${row.id} delivery=${row} busy=${attempt.busy} onAgain=${() => run(() => actions.webhooks.redeliver(webhook.id, row.id))} />`)}
    </ul>
    ${more && html`<button type="button" class="board-more" disabled=${busy} onClick=${more}>${t("action.more")}</button>`}
  <//>`;
}

/** @param {{delivery: Delivery, busy: boolean, onAgain: () => void}} props */
function Row({ delivery, busy, onAgain }) {
  const { state, actions } = useApp();
  const [body, setBody] = useState(/** @type {any} */ (undefined));
  const attempt = useAttempt();
  const zone = knownZone(state.session.user?.timezone);
  const open = () => void (body === undefined && attempt.run(async () => setBody((await actions.webhooks.delivery(delivery.webhook_id, delivery.id)).body)));
  return html`<li class="delivery">
    <details onToggle=${(/** @type {any} */ event) => event.currentTarget.open && open()}>
      <summary><code>${delivery.event}</code> <span class="pill ${CHIPS[delivery.state]}">${t(`deliveries.state.${delivery.state}`)}</span>
        <span class="quiet digits delivery-time">${dateTimeText(Date.parse(delivery.created_at), zone)}</span>
        <span class="quiet delivery-result">${resultOf(delivery)}</span></summary>
      <ol class="tries">${delivery.tries.map((each) => html`<li key=${each.at} class="digits">${t("deliveries.try", { time: dateTimeText(Date.parse(each.at), zone), result: outcomeOf(each), ms: each.duration_ms })}</li>`)}</ol>
      ${delivery.next_attempt_at && delivery.state === "waiting" && html`<p class="hint">${t("deliveries.next", { time: dateTimeText(Date.parse(delivery.next_attempt_at), zone) })}</p>`}
      ${body !== undefined && (body === null ? html`<p class="hint">${t("deliveries.body.gone")}</p>` : html`<pre class="code" tabindex="0">${JSON.stringify(body, null, 2)}</pre>`)}
      ${delivery.state !== "waiting" && html`<button type="button" class="small" disabled=${busy} onClick=${onAgain}>${t("deliveries.again")}</button>`}
    </details>
  </li>`;
}

/** @param {Delivery} delivery */
function resultOf(delivery) {
  const last = lastTry(delivery);
  return last ? outcomeOf(last) : t("deliveries.notYet");
}

/** @param {import("../../domain/webhooks.js").Try} each */
function outcomeOf({ status, error }) {
  if (status !== null) return t("deliveries.status", { status: String(status) });
  return textOf(`deliveries.error.${error}`) ?? t("deliveries.error.other");
}
