// @ts-check
/** The catalogue of badges: what each asks for, and new ones. */
import { t } from "../../text/t.js";
import { BadgeArt } from "../earned/badge-art.js";
import { ConfirmDialog } from "../rooms/confirm-dialog.js";
import { useApp } from "../shared/app-context.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { useLoaded } from "../shared/loaded.js";
import { Menu } from "../shared/menu.js";
import { BadgeDialog } from "./badge-dialog.js";
import { CriteriaText } from "./criteria-text.js";

/** @typedef {import("../../actions/admin.js").KnownBadge} Badge @typedef {{is: "make"|"edit"|"delete", badge: Badge|null}} Open */

export function BadgesAdmin() {
  const { actions } = useApp();
  const [open, setOpen] = useState(/** @type {Open|null} */ (null));
  const { value: badges, set } = useLoaded(actions.admin.badges);
  const close = () => setOpen(null);
  const kept = (/** @type {Badge} */ badge, /** @type {boolean} */ done) => {
    const rest = (badges ?? []).filter(({ badge_id }) => badge_id !== badge.badge_id);
    const at = (badges ?? []).findIndex(({ badge_id }) => badge_id === badge.badge_id);
    set(at < 0 ? [...rest, badge] : [...rest.slice(0, at), badge, ...rest.slice(at)]);
    if (!done) return setOpen({ is: "edit", badge });
    actions.notices.toast(t("toast.saved"));
    close();
  };
  const remove = async (/** @type {Badge} */ badge) => {
    await actions.admin.deleteBadge(badge.badge_id);
    set((badges ?? []).filter(({ badge_id }) => badge_id !== badge.badge_id));
    actions.notices.toast(t("admin.badge.toast.deleted"));
  };
  return html`<section class="panel admin-panel" aria-label=${t("admin.tab.badges")}>
    <header class="panel-head"><p class="quiet">${t("admin.badges.text")}</p>
      <button type="button" class="small" onClick=${() => setOpen({ is: "make", badge: null })}><${Icon} name="plus" />${t("admin.badge.new")}</button></header>
    ${!badges && html`<p class="skeleton skeleton-list"></p>`}
    <ul class="admin-badges">${(badges ?? []).map((badge) => html`<${Row} key=${badge.badge_id} badge=${badge} onOpen=${(/** @type {"edit"|"delete"} */ is) => setOpen({ is, badge })} />`)}</ul>
    ${(open?.is === "make" || open?.is === "edit") && html`<${BadgeDialog} key=${open.badge?.badge_id ?? "new"} badge=${open.badge} onKept=${kept} onClose=${close} />`}
    ${open?.is === "delete" && open.badge && html`<${ConfirmDialog} title=${t("admin.badge.delete", { name: open.badge.name })} text=${t("admin.badge.delete.text")} send=${t("action.delete")} onSend=${() => open.badge && remove(open.badge)} onClose=${close} />`}
  </section>`;
}

/** @param {{badge: Badge, onOpen: (what: "edit"|"delete") => void}} props */
function Row({ badge, onOpen }) {
  const items = [
    { key: "edit", label: t("action.edit"), run: () => onOpen("edit") },
    { key: "delete", label: t("action.delete"), danger: true, run: () => onOpen("delete") },
  ];
  return html`<li class="admin-badge">
    <${BadgeArt} badge=${badge} earned />
    <span class="person-lines"><b>${badge.name}</b><span class="quiet"><code>${badge.key}</code>${badge.description && ` · ${badge.description}`}</span><span class="quiet"><${CriteriaText} criteria=${badge.criteria} /></span></span>
    <${Menu} label=${t("admin.badge.menu", { name: badge.name })} items=${items} />
  </li>`;
}
