// @ts-check
/** Who belongs to the room, how they are, and what they mean to do. */
import { actsOn, statusOf } from "../../domain/rooms.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { Avatar } from "../shared/avatar.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { Menu } from "../shared/menu.js";
import { ConfirmDialog } from "./confirm-dialog.js";

/** @typedef {import("../../domain/types.js").RoomMember} Member @typedef {import("../../domain/rooms.js").Scene} Scene */

/** What others see, by what one does. @type {Record<"away"|"back"|"hide", "away"|"active"|"invisible">} */
const SHOWN = { away: "away", back: "active", hide: "invisible" };

/** @param {{scene: Scene}} props */
export function People({ scene }) {
  const { state, actions } = useApp();
  const attempt = useAttempt();
  const [sending, setSending] = useState(/** @type {Member|null} */ (null));
  const own = state.session.user?.id;
  const { members, presence, room } = scene;
  /** @param {Member} member @param {string} act */
  function run(member, act) {
    const user_id = member.user_id;
    if (act === "kick") return setSending(member);
    if (act === "away" || act === "back" || act === "hide") return void attempt.run(() => actions.rooms.show(SHOWN[act]));
    const [name, fields] = /** @type {[string, any]} */ (
      act === "transfer" || act === "take" ? ["room:transfer", {}] : ["room:promote", { role: act === "promote" ? "cohost" : "member" }]
    );
    void attempt.run(() => actions.rooms.command(name, { user_id, ...fields }, { guarded: true }));
  }
  const menuOf = (/** @type {Member} */ member) =>
    actsOn(scene, own, member).map((act) => ({ key: act, label: t(`people.${act}`), danger: act === "kick", run: () => run(member, act) }));
  return html`<section class="panel room-people" aria-labelledby="people-title">
    <header class="panel-head">
      <h2 id="people-title">${t("people.title")}</h2>
      <p class="quiet">${presence ? t("people.there", { count: presence.count, of: room.member_count }) : t("rooms.members", { count: room.member_count })}</p>
    </header>
    <ul class="room-members">
      ${members.map((member) => html`<${Person} key=${member.user_id} scene=${scene} member=${member} own=${member.user_id === own} menu=${menuOf(member)} />`)}
      ${room.member_count > members.length && html`<li class="quiet">${t("people.more", { count: room.member_count - members.length })}</li>`}
    </ul>
    ${sending &&
    html`<${ConfirmDialog} title=${t("people.kick.title", { name: sending.username })} text=${t("people.kick.text")} send=${t("people.kick")}
      onSend=${() => actions.rooms.command("room:kick", { user_id: sending.user_id })} onClose=${() => setSending(null)} />`}
  </section>`;
}

/** @param {{scene: Scene, member: Member, own: boolean, menu: any[]}} props */
function Person({ scene, member, own, menu }) {
  const { connection, session } = useApp().state;
  const told = statusOf(scene, member);
  const status = own && told === "gone" ? null : told; // not counted yet, or not to be
  return html`<li class=${status === "gone" ? "room-member is-gone" : "room-member"}>
    <${Avatar} id=${member.user_id} name=${member.username} url=${own ? session.user?.avatar_url : member.avatar_url}><i class="status status-${status ?? "unknown"}"></i><//>
    <span class="member-lines">
      <span class="member-name"><b>${member.username}</b>${own && html` <span class="quiet">${t("member.you")}</span>`}
        ${member.role !== "member" && html` <span class="role-badge role-${member.role}">${t(`room.role.${member.role}`)}</span>`}
        ${status && html`<span class="sr-only">${t(`status.${status}`)}</span>`}</span>
      ${member.intention && html`<span class="member-intention">${member.intention}</span>`}
      ${member.outcome && html`<span class="outcome outcome-${member.outcome}">${member.outcome === "done" && html`<${Icon} name="check" />`}${t(`outcome.${member.outcome}`)}</span>`}
    </span>
    ${menu.length > 0 && html`<${Menu} label=${t("people.menu", { name: member.username })} items=${menu} disabled=${connection.phase !== "live"} />`}
  </li>`;
}
