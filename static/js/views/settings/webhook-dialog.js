// @ts-check
/** A webhook's address and events; of a new one also whose events they are. */
import { may } from "../../domain/projects.js";
import { eventGroups, possibleEvents, webhookProblems, withEvents } from "../../domain/webhooks.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Dialog } from "../shared/dialog.js";
import { Field, FormError, Select } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html } from "../shared/html.js";

/** @typedef {import("../../domain/webhooks.js").Webhook} Webhook */

/** @param {{webhook: Webhook|null, onDone: (webhook: any) => void, onClose: () => void}} props */
export function WebhookDialog({ webhook, onDone, onClose }) {
  const { state, actions } = useApp();
  const values = { url: webhook?.url ?? "", project_id: String(webhook?.project_id ?? ""), events: webhook?.events ?? ["timer:started", "timer:stopped"] };
  const send = async (/** @type {typeof values} */ { url, project_id, events }) => {
    const fields = { url: url.trim(), events };
    if (webhook) return onDone(await actions.webhooks.edit(webhook.id, fields));
    onDone(await actions.webhooks.make({ ...fields, ...(project_id ? { project_id: Number(project_id) } : {}) }));
  };
  const form = useForm({ values, check: webhookProblems, send, prefix: "webhook-" });
  const { events, project_id } = form.values;
  const managed = (state.projects ?? []).filter((project) => may(project.role, "manage"));
  const of = [{ value: "", label: t("webhooks.of.me") }, ...managed.map(({ id, name }) => ({ value: String(id), label: t("webhooks.of.project", { name }) }))];
  const choose = (/** @type {string} */ chosen) => form.set({ project_id: chosen, events: possibleEvents(events, chosen !== "") });
  return html`<${Dialog} title=${t(webhook ? "webhooks.edit" : "webhooks.new")} wide onClose=${onClose}>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <${Field} ...${form.field("url")} type="url" label=${t("webhooks.url")} hint=${t("webhooks.url.hint")} placeholder="https://example.org/focushub" autocomplete="off" spellcheck=${false} autofocus />
      ${!webhook && managed.length > 0 && html`<${Select} id="webhook-project_id" label=${t("webhooks.of")} value=${project_id} onChange=${choose} options=${of} />`}
      <${EventPicker} chosen=${events} ofProject=${project_id !== ""} problem=${form.problems.events} onChange=${form.field("events").onInput} />
      <${FormError} text=${form.problems[""] ?? form.problems.project_id} />
      <div class="form-actions">
        <button type="submit" class="primary" disabled=${form.busy}>${t(webhook ? "action.save" : "webhooks.create")}</button>
        <button type="button" onClick=${onClose}>${t("action.cancel")}</button>
      </div>
    </form>
  <//>`;
}

/** @param {{chosen: string[], ofProject: boolean, problem?: string, onChange: (chosen: string[]) => void}} props */
function EventPicker({ chosen, ofProject, problem, onChange }) {
  const all = chosen.includes("*");
  const box = (/** @type {string} */ event, /** @type {any} */ label) => html`<label key=${event} class="check"><input type="checkbox" name="events" checked=${event === "*" ? all : all || chosen.includes(event)} disabled=${all && event !== "*"}
    onChange=${(/** @type {any} */ change) => onChange(withEvents(chosen, [event], change.currentTarget.checked))} /><span>${label}</span></label>`;
  return html`<fieldset class="checks" aria-describedby=${problem ? "webhook-events-error" : undefined}>
    <legend>${t("webhooks.events.which")}</legend>
    ${box("*", html`<b>${t("webhooks.all")}</b> <span class="quiet">${t("webhooks.all.text")}</span>`)}
    ${problem && html`<p class="error" id="webhook-events-error">${problem}</p>`}
    <div class="event-groups">
      ${eventGroups(ofProject).map(
        ([group, events]) => html`<div key=${group} role="group" aria-label=${t(`webhooks.group.${group}`)}><p class="event-group">${t(`webhooks.group.${group}`)}</p>${events.map((event) => box(event, html`<code>${event}</code>`))}</div>`,
      )}
    </div>
  </fieldset>`;
}
