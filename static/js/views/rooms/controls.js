// @ts-check
/** What host and co-hosts do with the timer. Without a connection they wait: nothing of this is done later. */
import { phaseText } from "../../domain/room-timer.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

const FIVE_MINUTES_S = 300;

/** @param {{room: import("../../domain/types.js").Room, shown: import("../../domain/room-timer.js").Shown}} props */
export function Controls({ room, shown }) {
  const { actions, state } = useApp();
  const attempt = useAttempt();
  const off = attempt.busy || state.connection.phase !== "live";
  const send = (/** @type {string} */ name, fields = {}, guarded = true) => () => attempt.run(() => actions.rooms.command(name, fields, { guarded }));
  const main = mainOf(shown);
  return html`<div class="controls" role="group" aria-label=${t("room.controls")}>
    <button type="button" class=${main.name === "room:pause" ? "control-main" : "control-main primary"} disabled=${off} onClick=${send(main.name, {}, main.name !== "room:start")}>
      <${Icon} name=${main.icon} />${main.label}
    </button>
    ${shown.phase !== null &&
    html`<button type="button" disabled=${off} onClick=${send("room:skip")}><${Icon} name="skip" />${t("room.skip")}</button>
      ${shown.state !== "idle" && html`<button type="button" disabled=${off} onClick=${send("room:extend", { seconds: FIVE_MINUTES_S })}>${t("room.extend")}</button>`}
      <button type="button" disabled=${off} onClick=${send("room:stop")}><${Icon} name="stop" />${t("room.stop")}</button>`}
  </div>`;
}

/** @param {import("../../domain/room-timer.js").Shown} shown */
function mainOf(shown) {
  if (shown.state === "running") return { name: "room:pause", icon: "pause", label: t("room.pause") };
  if (shown.state === "paused") return { name: "room:resume", icon: "play", label: t("room.resume") };
  return { name: "room:start", icon: "play", label: shown.phase === null ? t("room.start") : t("room.start.phase", { phase: phaseText(shown).toLowerCase() }) };
}
