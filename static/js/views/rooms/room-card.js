// @ts-check
import { countdownText, leftAt, phaseText, shownAt } from "../../domain/room-timer.js";
import { t } from "../../text/t.js";
import { useApp, useNow } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { useProject } from "../shared/timer-state.js";

const ICONS = { public: "globe", link: "link", project: "lock" };

/** A room in the list, its phase and what is left of it counted from what the list said. @param {{room: import("../../domain/types.js").Room}} props */
export function RoomCard({ room }) {
  const { state } = useApp();
  const now = useNow(room.timer.ends_at ? Date.parse(room.timer.ends_at) : 0);
  const project = useProject(room.project_id);
  const shown = shownAt(room, now);
  const left = leftAt(shown, now);
  const how = shown.phase === null ? "" : shown.state === "running" ? "" : t(`room.state.${shown.state}`);
  return html`<li class="card room-card is-${shown.phase ?? "none"}">
    <a href="/rooms/${room.slug}">
      <h2>${room.name}</h2>
      <p class="room-card-now">
        <span class="phase-name">${phaseText(shown)}</span>
        ${left !== null && html`<b class="digits">${countdownText(left)}</b>`}
        ${how && html`<span class="quiet">${how}</span>`}
      </p>
      <p class="card-meta">
        <span><${Icon} name="people" />${t("rooms.members", { count: room.member_count })}</span>
        <span><${Icon} name=${ICONS[room.visibility]} />${room.visibility === "project" && project ? project.name : t(`room.visibility.${room.visibility}`)}</span>
        ${room.owner_id === state.session.user?.id && html`<span>${t("rooms.yours")}</span>`}
      </p>
    </a>
  </li>`;
}
