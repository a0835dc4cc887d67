// @ts-check
/** How the time is shared out: a table, with a bar in each row. */
import { clockText, colorOf, percentText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html } from "../shared/html.js";
import { Dot } from "../shared/icon.js";

/** @typedef {import("../../domain/reports.js").Share} Share */

/**
 * @param {{title: string, by: "project"|"tag", shares: Share[], total: number, address: (share: Share) => string|null|undefined}} props
 *   `total`: of all the time; under tags an entry may count more than once. `address`: of the entries behind a row, if there is one.
 */
export function Shares({ title, by, shares, total, address }) {
  const id = `shares-${by}`;
  return html`<section class="panel report-shares" aria-labelledby=${id}>
    <h3 id=${id}>${title}</h3>
    <table>
      <thead class="sr-only"><tr><th scope="col">${title}</th><th scope="col">${t("reports.time")}</th><th scope="col">${t("reports.share")}</th></tr></thead>
      <tbody>${shares.map((share) => html`<${Row} key=${share.key} share=${share} by=${by} total=${total} href=${address(share)} />`)}</tbody>
    </table>
    ${by === "tag" && html`<p class="quiet hint">${t("reports.tags.note")}</p>`}
  </section>`;
}

/** @param {{share: Share, by: "project"|"tag", total: number, href: string|null|undefined}} props */
function Row({ share, by, total, href }) {
  const { projects } = useApp().state;
  const project = by === "project" ? projects?.find(({ id }) => id === share.project?.id) : null;
  const color = colorOf(project?.color);
  const part = share.seconds / Math.max(total, 1);
  const name = by === "tag" ? (share.tag ? `#${share.tag}` : t("reports.tag.none")) : share.project ? (project?.name ?? share.project.name ?? t("entry.otherProject")) : t("summary.noProject");
  return html`<tr>
    <th scope="row">
      <span class="share-name">${by === "project" && html`<${Dot} color=${color} />`}${href ? html`<a href=${href}>${name}</a>` : html`<span class="quiet">${name}</span>`}</span>
      <svg class="share-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="share-ground" width="100" height="6" /><rect class=${by === "tag" ? "share-tag" : ""} width=${(part * 100).toFixed(2)} height="6" fill=${by === "project" ? color : undefined} /></svg>
    </th>
    <td class="digits">${clockText(share.seconds)}</td>
    <td class="digits quiet">${percentText(part)}</td>
  </tr>`;
}
