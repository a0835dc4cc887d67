// @ts-check
/** The room one is in, in the header, on pages that do not show it anyway. */
import { countdownText, leftAt, phaseText, shownAt } from "../domain/room-timer.js";
import { t } from "../text/t.js";
import { useApp, useNow } from "./shared/app-context.js";
import { html } from "./shared/html.js";

export function MiniRoom() {
  const { state } = useApp();
  const here = state.room;
  const room = here?.scene?.room;
  if (!here || !room || (state.route.name === "room" && state.route.code === here.slug)) return null;
  return html`<${Chip} room=${room} />`;
}

/** @param {{room: import("../domain/types.js").Room}} props */
function Chip({ room }) {
  const now = useNow(room.timer.ends_at ? Date.parse(room.timer.ends_at) : 0);
  const shown = shownAt(room, now);
  const left = leftAt(shown, now);
  const phase = phaseText(shown);
  return html`<a class="mini-room is-${shown.phase ?? "none"}" href="/rooms/${room.slug}" title=${room.name}>
    <span class="sr-only">${t("room.goTo", { name: room.name, phase })}</span>
    <span class="mini-what" aria-hidden="true">${phase}</span>${left !== null && html`<b class="digits" aria-hidden="true">${countdownText(left)}</b>`}
    ${left === null && html`<b class="mini-name" aria-hidden="true">${room.name}</b>`}
  </a>`;
}
