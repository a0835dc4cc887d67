// @ts-check
/** Which notifications come where. Each choice is saved as it is made. */
import { asApiError } from "../../net/api-error.js";
import { t, textOf } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { Switch } from "../shared/field.js";
import { html, useEffect, useState } from "../shared/html.js";

/** @typedef {import("../../actions/settings.js").Preference} Preference @typedef {"in_app"|"email"|"push"} Channel */

const ONLY_BY_MAIL = new Set(["weekly_digest"]);

export function NoticesForm() {
  const { actions } = useApp();
  const attempt = useAttempt();
  const [rows, setRows] = useState(/** @type {Preference[]|null} */ (null));
  const [push, setPush] = useState(false);
  const load = () => actions.settings.preferences().then(setRows);
  useEffect(() => {
    load().catch((error) => actions.notices.failed(asApiError(error)));
    actions.push.isOn().then(setPush, () => {});
  }, []);
  const choose = (/** @type {Preference} */ row, /** @type {Channel} */ channel, /** @type {boolean} */ on) =>
    attempt.run(async () => {
      const shown = (/** @type {boolean} */ value) => setRows((all) => (all ?? []).map((each) => (each.kind === row.kind ? { ...each, [channel]: value } : each)));
      shown(on); // at once, until the server has answered
      await actions.settings.prefer(row.kind, channel, on).then(setRows, (error) => {
        shown(!on);
        throw error;
      });
    });
  const turn = (/** @type {boolean} */ on) =>
    attempt.run(async () => {
      if (on) setPush(await actions.push.turnOn());
      else await actions.push.turnOff().then(() => setPush(false));
      await load();
    });
  const channels = /** @type {Channel[]} */ (push ? ["in_app", "email", "push"] : ["in_app", "email"]);
  return html`<div class="panel">
    ${actions.push.possible && html`<${Switch} id="push-on" label=${t("push.on")} hint=${t("push.on.hint")} checked=${push} onChange=${turn} />`}
    ${rows &&
    html`<table class="notices">
      <thead><tr><th scope="col">${t("notices.kind")}</th>${channels.map((channel) => html`<th key=${channel} scope="col">${t(`notices.${channel}`)}</th>`)}</tr></thead>
      <tbody>
        ${rows.map((row) => {
          const kind = textOf(`notices.kind.${row.kind}`) ?? row.kind.replaceAll("_", " ");
          return html`<tr key=${row.kind}><th scope="row">${kind}</th>
            ${channels.map((channel) =>
              ONLY_BY_MAIL.has(row.kind) && channel !== "email"
                ? html`<td key=${channel}></td>`
                : html`<td key=${channel}><label><span class="sr-only">${kind}, ${t(`notices.${channel}`)}</span>
                    <input type="checkbox" checked=${row[channel]} disabled=${attempt.busy} onChange=${(/** @type {any} */ event) => choose(row, channel, event.currentTarget.checked)} /></label></td>`,
            )}</tr>`;
        })}
      </tbody>
    </table>`}
    <p class="hint">${t("notices.hint")}</p>
  </div>`;
}
