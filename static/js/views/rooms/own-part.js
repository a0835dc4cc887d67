// @ts-check
/** What one means to do in the round, and, when there is time to look up, how it went. */
import { memberIn, roundMeant } from "../../domain/rooms.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html, useEffect, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

const OUTCOMES = /** @type {const} */ (["done", "partly", "not"]);
const LONGEST = 200;

/** @param {{scene: import("../../domain/rooms.js").Scene, shown: import("../../domain/room-timer.js").Shown}} props */
export function OwnPart({ scene, shown }) {
  const { state } = useApp();
  const own = memberIn(scene, state.session.user?.id);
  if (!own) return null;
  const inRound = scene.room.timer.phase !== null;
  const past = scene.past.meant[own.user_id];
  const looksUp = shown.phase !== "work" || shown.state === "idle";
  return html`<section class="panel own-part" aria-labelledby="own-title">
    <h2 id="own-title">${t(inRound ? "own.title" : "own.title.next")}</h2>
    <${Intention} key=${roundMeant(scene.room)} saved=${own.intention ?? ""} />
    ${inRound && looksUp && own.intention && html`<${HowItWent} text=${t("own.went")} outcome=${own.outcome} />`}
    ${!inRound && past && html`<${HowItWent} text=${past.intention ? t("own.went.last", { what: past.intention }) : t("own.went.round")} outcome=${past.outcome} />`}
  </section>`;
}

/** @param {{saved: string}} props */
function Intention({ saved }) {
  const { actions, state } = useApp();
  const attempt = useAttempt();
  const [text, setText] = useState(saved);
  const [known, setKnown] = useState(saved);
  useEffect(() => {
    if (text.trim() === known) setText(saved); // changed on another device, while nobody writes here
    setKnown(saved);
  }, [saved]);
  const changed = text.trim() !== saved;
  async function send(/** @type {Event} */ event) {
    event.preventDefault();
    if (changed) await attempt.run(() => actions.rooms.command("room:intend", { text: text.trim() }));
  }
  return html`<form class="own-line" onSubmit=${send}>
    <label class="sr-only" for="own-intention">${t("own.label")}</label>
    <input id="own-intention" type="text" value=${text} maxlength=${LONGEST} placeholder=${t("own.placeholder")} autocomplete="off" enterkeyhint="done"
      onInput=${(/** @type {any} */ event) => setText(event.currentTarget.value)} />
    ${saved && !changed
      ? html`<span class="told"><${Icon} name="check" />${t("own.shared")}</span>`
      : html`<button type="submit" class=${changed ? "primary" : ""} disabled=${!changed || attempt.busy || state.connection.phase !== "live"}>${t("own.share")}</button>`}
  </form>`;
}

/** @param {{text: string, outcome: import("../../domain/types.js").Outcome|null}} props */
function HowItWent({ text, outcome }) {
  const { actions, state } = useApp();
  const attempt = useAttempt();
  return html`<div class="went" role="group" aria-label=${text}>
    <p>${text}</p>
    <div class="went-choices">
      ${OUTCOMES.map(
        (value) => html`<button key=${value} type="button" class="small" aria-pressed=${String(outcome === value)} disabled=${attempt.busy || state.connection.phase !== "live"}
          onClick=${() => attempt.run(() => actions.rooms.command("room:outcome", { outcome: value }))}>${t(`outcome.${value}`)}</button>`,
      )}
    </div>
  </div>`;
}
