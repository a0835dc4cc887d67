// @ts-check
import { clockText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { html } from "../shared/html.js";

/** Tracked time of all entries asked for, also of those that were not read yet. @param {{history: import("../../actions/history.js").History|null}} props */
export function Totals({ history }) {
  const known = history !== null && history.total !== null;
  const days = Object.values(history?.days ?? {}).filter((seconds) => seconds > 0).length;
  return html`<p class="history-total" role="status" aria-busy=${String(!known)}>
    <span class="quiet">${t("past.total")}</span>
    <b class="digits">${known ? clockText(history.total ?? 0) : "–:––:––"}</b>
    <span class="quiet">${known ? t("past.total.days", { count: days }) : ""}</span>
  </p>`;
}
