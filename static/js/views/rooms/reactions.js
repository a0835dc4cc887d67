// @ts-check
/** A wave across the room: an emoji that everybody sees for a moment. */
import { asApiError } from "../../net/api-error.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";

const EMOJI = [["👏", "clap"], ["🔥", "fire"], ["💪", "strong"], ["🎉", "party"], ["💚", "heart"], ["😄", "laugh"], ["☕", "coffee"], ["👋", "wave"]];
const LANES = 7;

function Row() {
  const { actions, state } = useApp();
  const off = state.connection.phase !== "live";
  const react = async (/** @type {string} */ emoji) => {
    try {
      await actions.rooms.react(emoji);
    } catch (error) {
      asApiError(error); // a wave that nobody saw is not worth a notice
    }
  };
  return html`<div class="reactions" role="group" aria-label=${t("room.reactions")}>
    ${EMOJI.map(
      ([emoji, name]) => html`<button key=${name} type="button" class="reaction" aria-label=${t(`room.react.${name}`)} title=${t(`room.react.${name}`)} disabled=${off}
        onClick=${() => react(emoji)}>${emoji}</button>`,
    )}
  </div>`;
}

/** @param {{reactions: import("../../actions/rooms.js").Reaction[]}} props */
function Floating({ reactions }) {
  return html`<div class="floating" aria-hidden="true">
    ${reactions.map(
      ({ key, emoji, who }) => html`<span key=${key} class="float float-${(key * 3) % LANES}"><span class="float-sign">${emoji}</span><span class="float-who">${who}</span></span>`,
    )}
  </div>`;
}

export const Reactions = { Row, Floating };
