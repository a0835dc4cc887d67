// @ts-check
/** The rows of a board. All have one height, so that where each comes from is known without measuring them. */
import { moves } from "../../domain/boards.js";
import { durationText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { Avatar } from "../shared/avatar.js";
import { html, useLayoutEffect, useMemo, useRef } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { useSteps } from "../shared/steps.js";

const GLIDE = { duration: 450, easing: "cubic-bezier(0.2, 0.8, 0.2, 1)" };
const FARTHEST = 14; // rows; who comes from further comes from there
const BEYOND = 6;
const ROWS_AT_ONCE = 20;

/** @typedef {import("../../domain/boards.js").Row} Row @typedef {import("../../domain/boards.js").Query} Query */

/** @param {{rows: Row[], by: Query["by"], label: string, top: number, id?: string}} props  `top`: the score of the first */
export function BoardRows({ rows, by, label, top, id }) {
  const { state } = useApp();
  const list = useRef(/** @type {HTMLElement|null} */ (null));
  useGlide(list, rows);
  const own = state.session.user?.id;
  const picture = state.session.user?.avatar_url ?? null;
  const { following } = state;
  const kept = useRef(/** @type {Map<number, {facts: any[], drawn: any}>} */ (new Map()));
  const count = useSteps(rows, rows.length, ROWS_AT_ONCE);
  const drawn = useMemo(() => {
    const before = kept.current;
    kept.current = new Map();
    rows.forEach((row, place) => {
      const known = before.get(row.user_id);
      // What has not changed is not drawn anew, and what stands further down a moment later.
      const facts = [row, by, top, row.user_id === own, row.user_id === own ? picture : row.avatar_url, following?.has(row.user_id) ?? null];
      const stays = known && (place >= count || facts.every((fact, index) => fact === known.facts[index]));
      if (stays) kept.current.set(row.user_id, known);
      else if (place < count) kept.current.set(row.user_id, { facts, drawn: oneRow(facts) });
    });
    return [...kept.current.values()].map((each) => each.drawn);
  }, [rows, by, top, own, picture, following, count]);
  return html`<ol class="board-rows" role="list" id=${id} ref=${list} aria-label=${label}>${drawn}</ol>`;
}

/** @param {any[]} facts */
function oneRow([row, by, top, own, url, following]) {
  return html`<${OneRow} key=${row.user_id} row=${row} by=${by} top=${top} own=${own} url=${url} following=${following} />`;
}

/** @param {{row: Row, by: Query["by"], top: number, own: boolean, url: string|null, following: boolean|null}} props  `following`: null while it is not known */
function OneRow({ row, by, top, own, url, following }) {
  const name = row.name || row.username;
  return html`<li class=${own ? "board-row is-own" : "board-row"} id=${own ? "own-row" : undefined} tabindex=${own ? "-1" : undefined}>
    <span class="board-rank digits ${row.rank <= 3 ? `rank-${row.rank}` : ""}"><span class="sr-only">${t("board.rank")}</span>${row.rank}</span>
    <${Avatar} id=${row.user_id} name=${name} url=${url} />
    <span class="board-who"><a class="who" href="/people/${row.user_id}">${name}</a>${own ? html` <span class="quiet">${t("member.you")}</span>` : row.name && html` <span class="quiet">${row.username}</span>`}
      <i class="board-bar" style=${{ "--share": String(Math.max(0.01, row.score / Math.max(top, 1))) }}></i></span>
    <span class="board-score digits">${scoreText(row.score, by)}</span>
    ${own || following === null ? html`<span class="board-follow"></span>` : html`<${Follow} row=${row} following=${following} />`}
  </li>`;
}

/** @param {{row: Row, following: boolean}} props */
function Follow({ row, following }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  return html`<button type="button" class="small board-follow" aria-pressed=${String(following)} aria-label=${t("board.follow.who", { name: row.name || row.username })}
    disabled=${attempt.busy} onClick=${() => attempt.run(() => actions.boards.setFollowing(row.user_id, !following))}>
    <${Icon} name=${following ? "check" : "plus"} /><span>${t(following ? "board.following" : "board.follow")}</span>
  </button>`;
}

/** @param {number} score @param {Query["by"]} by */
export function scoreText(score, by) {
  return by === "time" ? durationText(score) : t("board.badges", { count: score });
}

/** Rows glide to where they now stand; what has the focus keeps it. @param {{current: HTMLElement|null}} list @param {Row[]} rows */
function useGlide(list, rows) {
  const before = useRef(/** @type {Row[]} */ ([]));
  const focused = /** @type {HTMLElement|null} */ (document.activeElement);
  const held = list.current?.contains(focused) ? focused : null;
  useLayoutEffect(() => {
    const now = rows.map(({ user_id }) => user_id);
    const moved = moves(before.current.map(({ user_id }) => user_id), now);
    before.current = rows;
    if (held && held.isConnected && document.activeElement !== held) held.focus({ preventScroll: true });
    const place = list.current;
    if (!place || moved.size === 0 || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const height = /** @type {HTMLElement} */ (place.firstElementChild).offsetHeight;
    const { top } = place.getBoundingClientRect();
    const first = Math.floor(-top / height) - BEYOND;
    const last = Math.ceil((innerHeight - top) / height) + BEYOND;
    now.slice(Math.max(first, 0), Math.max(last, 0)).forEach((id, index) => {
      const by = moved.get(id);
      if (by === undefined) return;
      const from = Math.max(-FARTHEST, Math.min(FARTHEST, -by)) * height;
      place.children[Math.max(first, 0) + index].animate([{ transform: `translateY(${from}px)` }, { transform: "none" }], GLIDE);
    });
  }, [rows]);
}
