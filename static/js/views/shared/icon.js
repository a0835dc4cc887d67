// @ts-check
/** Small drawings of our own, one stroke width, in the colour of the text around them. */
import { html } from "./html.js";

/** @type {Record<string, string>} */
const PATHS = {
  play: "M8 5.5v13l10.5-6.5z",
  stop: "M7 7h10v10H7z",
  edit: "M4.5 19.5h3.6L18.6 9l-3.6-3.6L4.5 15.9zM13 7.4l3.6 3.6",
  trash: "M5 7h14M10 7V4.8h4V7M7 7l.9 12.2h8.2L17 7M10.4 10.5v5.4M13.6 10.5v5.4",
  close: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  plus: "M12 5v14M5 12h14",
  today: "M12 4a8 8 0 1 0 8 8M12 8v4l3 2",
  projects: "M4 7.5h6l2 2.2h8v9.3H4z",
  settings: "M4 8h9M17 8h3M4 16h3M11 16h9M15 5.8v4.4M9 13.8v4.4",
  lock: "M6.5 11h11v8.5h-11zM8.8 11V8.2a3.2 3.2 0 0 1 6.4 0V11",
  globe: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16M4 12h16M12 4c5 5 5 11 0 16M12 4c-5 5-5 11 0 16",
  people: "M9 11.5a3 3 0 1 0 0-6a3 3 0 1 0 0 6M3.5 19c.4-3.4 2.4-5 5.5-5s5.1 1.6 5.5 5M15.5 5.900a2.8 2.8 0 0 1 0 5.300M17 14.300c2.1.6 3.3 2.2 3.5 4.7",
  link: "M10 14a3.5 3.5 0 0 0 5 0l3.5-3.500a3.5 3.5 0 0 0-5-5L12.5 6.500M14 10a3.5 3.5 0 0 0-5 0L5.5 13.500a3.5 3.5 0 0 0 5 5l1-1",
  rooms: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16M12 12l3.500-3.500M12 8a4 4 0 1 0 4 4",
  pause: "M8.500 6v12M15.500 6v12",
  skip: "M6 6.500v11l8-5.500zM17.500 6.500v11",
  more: "M4.500 12a1 1 0 1 0 2 0a1 1 0 1 0-2 0M11 12a1 1 0 1 0 2 0a1 1 0 1 0-2 0M17.500 12a1 1 0 1 0 2 0a1 1 0 1 0-2 0",
  check: "M5.500 12.500l4.500 4.500 8.500-9.500",
  sound: "M5 10v4h3l4 3.500v-11L8 10zM15 9.500a3.500 3.500 0 0 1 0 5M17.300 7a7 7 0 0 1 0 10",
  silent: "M5 10v4h3l4 3.500v-11L8 10zM15.500 10l4 4M19.500 10l-4 4",
  bell: "M6.500 16.500V11a5.500 5.500 0 0 1 11 0v5.500l1.500 1.500H5zM10.300 20.300h3.400",
  leave: "M13.500 5H6v14h7.500M10.500 12H20M16.500 8.500L20 12l-3.500 3.500",
  send: "M4.500 12L19.500 5l-4.500 14-4-5.500zM11 13.500L19.500 5",
  flame: "M12 21c3.600 0 6.200-2.500 6.200-6 0-4.200-3.700-5.700-4.400-11-2.900 1.700-4.300 4.300-4.100 7-1.200-.5-1.900-1.500-2.100-2.800C6.300 10 5.800 12.400 5.800 15c0 3.500 2.600 6 6.200 6z",
  board: "M4 20h16M5.500 20v-7h4v7M10 20V7h4v13M14.500 20v-5h4v5",
  badge: "M12 14.500a5.500 5.500 0 1 0 0-11a5.500 5.500 0 1 0 0 11M8.500 13.800L7 21l5-2.500 5 2.500-1.500-7.200",
  frozen: "M12 4v16M5.100 8l13.800 8M18.900 8L5.100 16M9.800 5.200L12 7.400l2.200-2.200M9.800 18.800L12 16.600l2.200 2.200",
  question: "M9 9a3 3 0 1 1 4.200 2.800c-.8.4-1.200 1-1.200 2M12 17.200h.01M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16",
  history: "M4.500 12a7.500 7.500 0 1 0 2.300-5.400M4.500 4.500v3h3M12 8v4.300l2.800 1.700",
  download: "M12 4.500v10M8 11l4 4 4-4M5 19.500h14",
  upload: "M12 15V4.500M8 8.500l4-4 4 4M5 19.500h14",
  filter: "M4.500 6h15M7.500 12h9M10.500 18h3",
  search: "M10.500 5a5.500 5.500 0 1 0 0 11a5.500 5.500 0 1 0 0-11M14.600 14.600l4.900 4.900",
  left: "M14 6l-6 6 6 6",
  right: "M10 6l6 6-6 6",
  merge: "M6 5v3.500c0 2.500 6 3 6 5.500v5M18 5v3.500c0 2.500-6 3-6 5.500",
  undo: "M8.500 5L4.500 9l4 4M5 9h8.500a5 5 0 0 1 0 10H9",
  shield: "M12 4l7 2.500v5c0 4.300-2.800 7.200-7 8.500-4.200-1.300-7-4.200-7-8.500v-5zM9 12l2.200 2.200L15.200 10",
  keyboard: "M3.5 7h17v10h-17zM7 10.500h.01M10.3 10.500h.01M13.7 10.500h.01M17 10.500h.01M8 13.800h8",
};
const FILLED = new Set(["play", "stop", "more"]);

/** @param {{name: string}} props */
export function Icon({ name }) {
  const fill = FILLED.has(name) ? "currentColor" : "none";
  return html`<svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">
    <path d=${PATHS[name]} fill=${fill} stroke="currentColor" stroke-width="1.7" stroke-linejoin="round" stroke-linecap="round" />
  </svg>`;
}

/** The mark: an open ring, and the one point that it is about. */
export function Mark() {
  return html`<svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
    <path d="M25.2 9.2A11.5 11.5 0 1 1 16 4.5" fill="none" stroke="currentColor" stroke-width="3.6" stroke-linecap="round" />
    <circle class="mark-point" cx="16" cy="16" r="4.2" />
  </svg>`;
}

/** A project's colour, as a dot. @param {{color: string}} props */
export function Dot({ color }) {
  return html`<svg class="dot" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true"><circle cx="5" cy="5" r="5" fill=${color} /></svg>`;
}
