// @ts-check
/** Who did what to whom, the latest first. */
import { knownZone } from "../../domain/days.js";
import { dateTimeText } from "../../domain/format.js";
import { t, textOf } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { usePages } from "../shared/loaded.js";

export function AdminLog() {
  return html`<section class="panel admin-panel" aria-label=${t("admin.tab.log")}><p class="quiet">${t("admin.log.text")}</p><${LogLines} /></section>`;
}

/** @param {{userId?: number}} props */
export function LogLines({ userId }) {
  const { state, actions } = useApp();
  const zone = knownZone(state.session.user?.timezone);
  const { rows, more, busy } = usePages((cursor) => actions.admin.log({ user_id: userId, cursor }), [userId]);
  if (!rows) return html`<p class="skeleton skeleton-lines"></p>`;
  if (rows.length === 0) return html`<p class="quiet">${t("admin.log.empty")}</p>`;
  return html`<ol class="log">
      ${rows.map(
        ({ id, at, admin, action, user, detail }) => html`<li key=${id}>
          <time class="quiet digits" datetime=${at}>${dateTimeText(Date.parse(at), zone)}</time>
          <span>${textOf(`admin.did.${action}`) === null ? `${admin.username}: ${action} ${user.username}` : t(`admin.did.${action}`, { admin: admin.username, user: user.username })}
            ${detail && html` <span class="quiet">${action === "role" ? (textOf(`admin.role.${detail}`) ?? detail) : detail}</span>`}</span>
        </li>`,
      )}
    </ol>
    ${more && html`<button type="button" class="board-more" disabled=${busy} onClick=${more}>${t("action.more")}</button>`}`;
}
