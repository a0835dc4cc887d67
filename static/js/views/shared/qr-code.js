// @ts-check
import { qrOf } from "../../domain/qr.js";
import { html, useMemo } from "./html.js";

const MARGIN = 4; // modules; readers need it

/** Dark on white in both colour schemes, which is what cameras expect. @param {{text: string, label: string}} props */
export function QrCode({ text, label }) {
  const modules = useMemo(() => qrOf(text), [text]);
  if (!modules) return null;
  const size = modules.length + 2 * MARGIN;
  const runs = modules.flatMap((row, y) => runsOf(row).map(([x, length]) => `M${x + MARGIN} ${y + MARGIN}h${length}v1h-${length}z`));
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label=${label} shape-rendering="crispEdges">
    <rect width=${size} height=${size} fill="#ffffff" /><path d=${runs.join("")} fill="#000000" />
  </svg>`;
}

/** Where dark ones begin, and how many they are. @param {boolean[]} row @returns {[number, number][]} */
function runsOf(row) {
  /** @type {[number, number][]} */
  const runs = [];
  row.forEach((dark, x) => {
    if (!dark) return;
    if (row[x - 1]) runs[runs.length - 1][1] += 1;
    else runs.push([x, 1]);
  });
  return runs;
}
