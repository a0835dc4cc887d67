// @ts-check
/** Somebody's picture, or else the first letter of their name on a colour of their own. Their name stands beside it. */
import { initialOf, pictureAt, tintOf } from "../../domain/avatar.js";
import { html, useState } from "./html.js";

const PIXELS = { small: 64, normal: 72, large: 128, huge: 256 }; // on a screen of two pixels to one

/** @param {{id: number, name: string, url?: string|null, size?: "small"|"normal"|"large"|"huge", children?: any}} props */
export function Avatar({ id, name, url, size = "normal", children }) {
  const [broken, setBroken] = useState("");
  const drawn = url && url !== broken ? url : null;
  return html`<span class="avatar avatar-${size} tint-${tintOf(id)}" aria-hidden="true">
    ${drawn ? html`<img src=${pictureAt(drawn, PIXELS[size])} alt="" loading="lazy" decoding="async" referrerpolicy="no-referrer" onError=${() => setBroken(drawn)} />` : initialOf(name)}
    ${children}
  </span>`;
}
