// @ts-check
/** The shared countdown, large, with its ring, what may be done with it, and who does. */
import { countdownText, dotsOf, leftAt, lengthOf, nextOf, phaseText, shareLeft } from "../../domain/room-timer.js";
import { durationText } from "../../domain/format.js";
import { memberIn } from "../../domain/rooms.js";
import { t } from "../../text/t.js";
import { useApp, useNow } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { Controls } from "./controls.js";
import { Reactions } from "./reactions.js";
import { Signals } from "./signals.js";

const RADIUS = 112;
const ROUND = 2 * Math.PI * RADIUS;
const MOST_DOTS = 12;

/**
 * @typedef {import("../../domain/rooms.js").Scene} Scene @typedef {import("../../domain/room-timer.js").Shown} Shown
 * @typedef {ReturnType<typeof import("../../domain/rooms.js").rightsOf>} Rights
 */

/** @param {{here: import("../../actions/rooms.js").Here, scene: Scene, shown: Shown, rights: Rights}} props */
export function Stage({ here, scene, shown, rights }) {
  const { connection } = useApp().state;
  const { room } = scene;
  const phase = shown.phase ?? "none";
  return html`<section class="panel stage is-${phase} ${shown.state}" aria-label=${t("room.timer")}>
    <div class="ring">
      <${Ring} room=${room} shown=${shown} />
      <div class="ring-in">
        <p class="phase-name">${shown.phase === null ? t("room.ready") : phaseText(shown)}</p>
        <${Digits} room=${room} shown=${shown} />
        <${Dots} shown=${shown} settings=${room.settings} />
      </div>
      <${Reactions.Floating} reactions=${here.reactions} />
    </div>
    <p class="stage-word">${wordFor(scene, shown, rights)}</p>
    ${rights.controls && html`<${Controls} room=${room} shown=${shown} />`}
    ${connection.phase !== "live" && html`<p class="stage-away" role="status">${t(rights.controls ? "room.away.controls" : "room.away")}</p>`}
    <div class="stage-foot"><${Reactions.Row} /><${Signals} /></div>
  </section>`;
}

/** @param {{room: import("../../domain/types.js").Room, shown: Shown}} props */
function Digits({ room, shown }) {
  const now = useNow(shown.endsAt ?? 0);
  const left = leftAt(shown, now) ?? lengthOf(room.settings, "work");
  // Not a live region: a screen reader must not read every second.
  return html`<div class="digits countdown" role="timer" aria-live="off">${countdownText(left)}</div>`;
}

/** @param {{room: import("../../domain/types.js").Room, shown: Shown}} props */
function Ring({ room, shown }) {
  const now = useNow(shown.endsAt ?? 0);
  const share = shown.phase === null ? 0 : shareLeft(shown, room.settings, now);
  return html`<svg class="ring-lines" viewBox="0 0 240 240" aria-hidden="true" focusable="false">
    <circle class="ring-ground" cx="120" cy="120" r=${RADIUS} />
    ${share > 0 && html`<circle class="ring-left" cx="120" cy="120" r=${RADIUS} stroke-dasharray="${(share * ROUND).toFixed(2)} ${ROUND.toFixed(2)}" />`}
  </svg>`;
}

/** @param {{shown: Shown, settings: import("../../domain/types.js").RoomSettings}} props */
function Dots({ shown, settings }) {
  const dots = dotsOf(shown, settings);
  const text = t("room.cycle", { n: Math.max(shown.cycle, 1), of: dots.length });
  if (dots.length > MOST_DOTS) return html`<p class="cycle-text quiet">${text}</p>`;
  return html`<p class="cycles" role="img" aria-label=${text}>${dots.map((dot, index) => html`<i key=${index} class="cycle cycle-${dot}"></i>`)}</p>`;
}

/** How things stand, in one sentence. @param {Scene} scene @param {Shown} shown @param {Rights} rights */
function wordFor(scene, shown, rights) {
  const { settings, host_id } = scene.room;
  const name = memberIn(scene, host_id)?.username ?? t("member.unknown");
  const phase = phaseText(shown);
  if (shown.phase === null) return rights.controls ? t("room.word.begin") : t("room.word.begin.host", { name });
  if (shown.state === "paused") return rights.controls ? t("room.word.paused") : t("room.word.paused.host", { name });
  if (shown.state === "idle") return rights.controls ? t("room.word.waits", { phase }) : t("room.word.waits.host", { phase, name });
  const next = nextOf(shown, settings);
  return t("room.word.next", { phase: t(`room.phase.${next.phase}`), length: durationText(lengthOf(settings, next.phase) / 1000) });
}
