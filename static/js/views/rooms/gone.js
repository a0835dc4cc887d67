// @ts-check
import { t, textOf } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";

const FINAL = new Set(["room_closed", "project_deleted", "not_found"]);

/** Why one is not in the room, and a way on. @param {{problem: string, slug: string, name?: string}} props */
export function Gone({ problem, slug, name }) {
  const { actions } = useApp();
  return html`<section class="page narrow">
    <div class="panel">
      <h1 tabindex="-1">${textOf(`gone.${problem}`) ?? t("gone.other")}</h1>
      ${name && html`<p class="quiet">${name}</p>`}
      <p>${textOf(`gone.text.${problem}`) ?? t("gone.text.other")}</p>
      <div class="form-actions">
        ${!FINAL.has(problem) && html`<button type="button" class="primary" onClick=${() => actions.rooms.open(slug)}>${t(problem === "left" ? "gone.enter" : "gone.again")}</button>`}
        <a class="button" href="/rooms">${t("gone.back")}</a>
      </div>
    </div>
  </section>`;
}
