// @ts-check
/** Makes a link by which others join; it ends by itself. */
import { dateTimeText } from "../../domain/format.js";
import { knownZone } from "../../domain/days.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { CopyLine } from "../shared/copy-line.js";
import { FormError, Select } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

const DAY_S = 86_400;
const EXPIRIES = [1, 7, 30].map((days) => ({ value: String(days * DAY_S), label: () => t("invite.days", { count: days }) }));
const ROLES = ["contributor", "viewer", "admin"].map((role) => ({ value: role, label: () => t(`role.${role}`) }));
const USES = [
  { value: "1", label: () => t("invite.once") },
  { value: "10", label: () => t("invite.uses", { count: 10 }) },
  { value: "", label: () => t("invite.unlimited") },
];

/** @param {{project: import("../../domain/types.js").Project}} props */
export function Invites({ project }) {
  const { state, actions } = useApp();
  const [made, setMade] = useState(/** @type {{code: string, url?: string, expires_at?: string}|null} */ (null));
  const send = async (/** @type {{role: string, expires_in_seconds: string, max_uses: string}} */ values) => {
    const uses = values.max_uses ? { max_uses: Number(values.max_uses) } : {};
    setMade(await actions.projects.invite(project.id, { role: values.role, expires_in_seconds: Number(values.expires_in_seconds), ...uses }));
  };
  const form = useForm({ values: { role: "contributor", expires_in_seconds: String(7 * DAY_S), max_uses: "1" }, send, prefix: "invite-" });
  const choose = (/** @type {"role"|"expires_in_seconds"|"max_uses"} */ name) => {
    const { id, value, onInput } = form.field(name);
    return { id, value, onChange: onInput };
  };
  return html`<section class="panel" aria-labelledby="invite-title">
    <h2 id="invite-title">${t("invite.title")}</h2>
    <form ref=${form.ref} onSubmit=${form.onSubmit}>
      <div class="triple">
        <${Select} ...${choose("role")} label=${t("invite.role")} options=${said(ROLES)} />
        <${Select} ...${choose("expires_in_seconds")} label=${t("invite.expires")} options=${said(EXPIRIES)} />
        <${Select} ...${choose("max_uses")} label=${t("invite.for")} options=${said(USES)} />
      </div>
      <${FormError} text=${form.problems[""]} />
      <button type="submit" disabled=${form.busy}><${Icon} name="link" />${t("invite.send")}</button>
    </form>
    ${made &&
    html`<${CopyLine} text=${linkOf(made.code)} label=${t("invite.link")} />
      ${made.expires_at && html`<p class="hint">${t("invite.until", { time: dateTimeText(Date.parse(made.expires_at), knownZone(state.session.user?.timezone)) })}</p>`}`}
  </section>`;
}

/** In the language of now. @param {{value: string, label: () => string}[]} options */
function said(options) {
  return options.map(({ value, label }) => ({ value, label: label() }));
}

/** Of this page's own origin: whoever copies it reached the server by it. @param {string} code */
function linkOf(code) {
  return `${location.origin}/invites/${encodeURIComponent(code)}`;
}
