// @ts-check
/** Badges drawn by code: a medal with a sign of what it is for. Families have six sides and as many points as their tier. */
import { html } from "../shared/html.js";

/** By key, or by family; 24 by 24, in one stroke. @type {Record<string, string>} */
const SIGNS = {
  first_entry: "M6 21V4M6 5h11l-2.500 3.500L17 12H6",
  first_room: "M9.500 15.500a5 5 0 1 1 0-10a5 5 0 1 1 0 10M14.500 18.500a5 5 0 1 1 0-10a5 5 0 1 1 0 10",
  first_host: "M6 20.500V4h12v16.500M4 20.500h16M10 20V8l5-1.500v14M12.500 13.500h.01",
  hours: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16M12 7.500V12l3 2",
  project: "M4 11.500L12 5l8 6.500M6.500 10v9.500h11V10M10 19.500v-5h4v5",
  streak: "M12 21c3.600 0 6.200-2.500 6.200-6 0-4.200-3.700-5.700-4.400-11-2.900 1.700-4.300 4.300-4.100 7-1.200-.5-1.900-1.500-2.100-2.800C6.300 10 5.800 12.400 5.800 15c0 3.500 2.600 6 6.200 6z",
  long_streak: "M4.500 6.500h15v13h-15zM4.500 10.500h15M8.500 4v4M15.500 4v4M8.500 15l2.500 2.500 4.500-4.500",
  days: "M12 20.500V10M12 14c-4.500 0-6.500-2.500-6.500-6.500C9.500 7.500 12 9.500 12 14M12 11.500c0-4 2.300-6.500 6.500-6.500 0 4.200-2 6.500-6.500 6.500",
  entries: "M6 4h12v16.500H6zM9 8.500h6M9 12h6M9 15.500h3.500",
  deep_hour: "M7 4h10M7 20h10M8 4c0 4 2.500 5.500 4 8 1.500-2.500 4-4 4-8M8 20c0-4 2.500-5.500 4-8 1.500 2.500 4 4 4 8",
  early_bird: "M3.500 17.500h17M6.500 17.500a5.500 5.500 0 0 1 11 0M12 5v3.500M4.800 9.500l2 1.800M19.200 9.500l-2 1.800M8 20.500h8",
  night_owl: "M18.500 14.500A7.500 7.500 0 1 1 10 4.500a6 6 0 0 0 8.500 10zM17 4v4M15 6h4",
  round_the_clock: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16M15 9h3M15 12h4.500M15 15h3",
  rooms_10: "M8.500 10.500a2.500 2.500 0 1 0 0-5a2.500 2.500 0 1 0 0 5M15.500 10.500a2.500 2.500 0 1 0 0-5a2.500 2.500 0 1 0 0 5M4 18.500c.3-3.200 1.800-5 4.500-5s3.200 1 3.500 2c.3-1 .8-2 3.500-2s4.200 1.800 4.500 5",
  host_10: "M9 14.500a4 4 0 1 0 0-8a4 4 0 1 0 0 8M12 12.500l7.500 7M16.500 16.500l2-2",
  badges: "M12 4l2.400 5 5.400.7-4 3.800 1 5.500-4.800-2.700L7.200 19l1-5.500-4-3.800 5.400-.7z",
};
const OTHER = SIGNS.badges;
const ROUND = "M32 4a28 28 0 1 0 0 56a28 28 0 1 0 0-56";
const SIX = "M32 3.500L56.500 17.700v28.600L32 60.500 7.500 46.300V17.700z";
const POINTS = { bronze: [32], silver: [28, 36], gold: [24, 32, 40] };

/** @param {{badge: {key: string, family: string|null, tier: import("../../domain/badges.js").Tier|null, image_url?: string|null}, earned: boolean}} props */
export function BadgeArt({ badge, earned }) {
  const { key, family, tier, image_url } = badge;
  if (image_url)
    return html`<img class="art art-image ${earned ? "" : "is-locked"}" src=${image_url} alt="" width="64" height="64" loading="lazy" referrerpolicy="no-referrer" />`;
  const sign = SIGNS[family ?? ""] ?? SIGNS[key] ?? OTHER;
  return html`<svg class="art ${earned ? `art-${tier ?? "single"}` : "art-locked"}" viewBox="0 0 64 64" width="64" height="64" aria-hidden="true" focusable="false">
    <path class="art-ground" d=${tier ? SIX : ROUND} />
    <path class="art-edge" d=${tier ? SIX : ROUND} transform="translate(32 32) scale(0.86) translate(-32 -32)" />
    <path class="art-sign" d=${sign} transform=${`translate(${tier ? "17 13.500" : "17 17"}) scale(1.25)`} />
    ${tier && POINTS[tier].map((x) => html`<circle key=${x} class="art-point" cx=${x} cy="50" r="2.300" />`)}
  </svg>`;
}
