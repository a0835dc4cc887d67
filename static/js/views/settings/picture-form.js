// @ts-check
/** One's picture: chosen, looked at as the square that others will see, and then used. */
import { squareOf } from "../../page/square.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { Avatar } from "../shared/avatar.js";
import { html, useRef, useState } from "../shared/html.js";

/** @param {{user: import("../../domain/types.js").User}} props */
export function PictureForm({ user }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  const input = useRef(/** @type {HTMLInputElement|null} */ (null));
  const [chosen, setChosen] = useState(/** @type {{picture: Blob, preview: string}|null} */ (null));
  const [problem, setProblem] = useState("");
  async function choose(/** @type {any} */ event) {
    const [file] = event.currentTarget.files;
    event.currentTarget.value = ""; // or the same file could not be chosen again
    if (!file) return;
    const square = await squareOf(file);
    setProblem(square ? "" : t("picture.problem"));
    setChosen(square);
  }
  const use = async () => {
    if (chosen && (await attempt.run(() => actions.settings.setPicture(chosen.picture)))) {
      setChosen(null);
      actions.notices.toast(t("picture.toast"));
    }
  };
  const remove = async () => {
    if (await attempt.run(actions.settings.removePicture)) actions.notices.toast(t("picture.toast.removed"));
  };
  return html`<div class="picture-form" role="group" aria-label=${t("picture.title")}>
    ${chosen ? html`<span class="avatar avatar-huge"><img src=${chosen.preview} alt=${t("picture.preview")} /></span>` : html`<${Avatar} id=${user.id} name=${user.name || user.username} url=${user.avatar_url} size="huge" />`}
    <div class="picture-side">
      <div class="form-actions">
        ${chosen
          ? html`<button type="button" class="primary" disabled=${attempt.busy} onClick=${use}>${t(attempt.busy ? "picture.sending" : "picture.use")}</button>
              <button type="button" disabled=${attempt.busy} onClick=${() => setChosen(null)}>${t("action.cancel")}</button>`
          : html`<button type="button" onClick=${() => input.current?.click()}>${t(user.avatar_url ? "picture.change" : "picture.choose")}</button>
              ${user.avatar_url && html`<button type="button" class="danger-text" disabled=${attempt.busy} onClick=${remove}>${t("picture.remove")}</button>`}`}
      </div>
      ${problem ? html`<p class="error" role="alert">${problem}</p>` : html`<p class="hint">${t(chosen ? "picture.hint.chosen" : "picture.hint")}</p>`}
      <input ref=${input} type="file" hidden accept="image/jpeg,image/png,image/webp,image/gif" aria-label=${t("picture.title")} onChange=${choose} />
    </div>
  </div>`;
}
