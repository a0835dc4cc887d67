// @ts-check
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";

/** How far an import is, as the server tells a few times a second. @param {{total: number|null}} props  `total`: lines, as far as that is known beforehand */
export function Running({ total }) {
  const { progress } = useApp().state;
  const of = progress?.total ?? total ?? 0;
  const done = progress?.done ?? 0;
  return html`<div class="import-running">
    <p class="import-running-line"><b>${t("import.running")}</b> <span class="digits">${of > 0 ? t("import.progress", { done, of }) : ""}</span></p>
    <progress class="bar-progress" aria-label=${t("import.running")} max=${Math.max(of, 1)} value=${progress ? done : undefined}></progress>
    <p class="quiet">${t("import.progress.stay")}</p>
  </div>`;
}
