// @ts-check
import { squareOf } from "../../page/square.js";
import { t } from "../../text/t.js";
import { BadgeArt } from "../earned/badge-art.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html, useRef, useState } from "../shared/html.js";

/** @typedef {import("../../actions/admin.js").KnownBadge} Badge */

/** Takes effect at once, unlike the fields below it. @param {{badge: Badge, onChanged: (badge: Badge) => void}} props */
export function BadgeImage({ badge, onChanged }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  const input = useRef(/** @type {HTMLInputElement|null} */ (null));
  const [problem, setProblem] = useState("");
  async function choose(/** @type {any} */ event) {
    const [file] = event.currentTarget.files;
    event.currentTarget.value = "";
    const square = file && (await squareOf(file));
    setProblem(file && !square ? t("picture.problem") : "");
    if (square) await attempt.run(async () => onChanged({ ...badge, ...(await actions.admin.setBadgeImage(badge.badge_id, square.picture)) }));
  }
  const remove = () =>
    attempt.run(async () => {
      await actions.admin.removeBadgeImage(badge.badge_id);
      onChanged({ ...badge, image_url: null });
    });
  return html`<div class="badge-image" role="group" aria-label=${t("picture.title")}>
    <${BadgeArt} badge=${badge} earned />
    <div class="form-actions">
      <button type="button" class="small" disabled=${attempt.busy} onClick=${() => input.current?.click()}>${t(badge.image_url ? "picture.change" : "picture.choose")}</button>
      ${badge.image_url && html`<button type="button" class="small danger-text" disabled=${attempt.busy} onClick=${remove}>${t("picture.remove")}</button>`}
    </div>
    ${problem && html`<p class="error" role="alert">${problem}</p>`}
    <input ref=${input} type="file" hidden accept="image/jpeg,image/png,image/webp,image/gif" aria-label=${t("picture.title")} onChange=${choose} />
  </div>`;
}
