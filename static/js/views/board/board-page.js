// @ts-check
/** Who has focused most: today, this week, this month or ever; live where the server tells. */
import { addressOf, PERIODS, queryIn, together, totalOf } from "../../domain/boards.js";
import { dateText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Select } from "../shared/field.js";
import { html, useEffect, useMemo, useRef } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { Segments } from "../shared/segments.js";
import { BoardRows, scoreText } from "./board-rows.js";

const KEY = "page";
const NEAR_TOP = 8;

/** @typedef {import("../../actions/boards.js").Shown} Shown @typedef {import("../../domain/boards.js").Query} Query */

export function BoardPage() {
  const { state, actions, go } = useApp();
  const query = useMemo(() => queryIn(state.route.search), [state.route.search]);
  useEffect(() => void actions.boards.loadFollowing(), []);
  useEffect(() => {
    actions.boards.open(KEY, query);
    return () => actions.boards.close(KEY);
  }, [query]);
  const ask = (/** @type {Partial<Query>} */ change) => go(addressOf({ ...query, ...change }));
  const board = state.boards[KEY]?.query === query ? state.boards[KEY] : null;
  useOwnRankSaid(board);
  return html`<section class="page board-page">
    <header class="page-head"><div><h1 tabindex="-1">${t("board.title")}</h1><p class="quiet">${t("board.lead")}</p></div></header>
    <div class="board-choices">
      <${Segments} label=${t("board.period")} value=${query.period} onChange=${(/** @type {Query["period"]} */ period) => ask({ period })}
        options=${PERIODS.map((value) => ({ value, label: t(`board.period.${value}`) }))} />
      <${Segments} label=${t("board.by")} value=${query.by} onChange=${(/** @type {Query["by"]} */ by) => ask({ by })}
        options=${[{ value: "time", label: t("board.by.time") }, { value: "badges", label: t("board.by.badges") }]} />
      <${Select} id="board-scope" label=${t("board.scope")} value=${query.scope} onChange=${(/** @type {string} */ scope) => ask({ scope })} options=${useScopes(query.scope)} />
    </div>
    ${board && board.status === "gone" ? html`<p class="note">${t("board.gone")}</p>` : html`<${Board} board=${board} query=${query} />`}
  </section>`;
}

/** @param {{board: Shown|null, query: Query}} props */
function Board({ board, query }) {
  const first = board?.live.rows ?? [];
  const further = board?.further;
  const rows = useMemo(() => together(first, further ?? []), [first, further]);
  const top = first[0]?.score ?? 0;
  const loading = !board || board.status === "loading";
  const total = loading ? null : totalOf(board.live.me, rows.length, board.next === null);
  return html`<div class="board-columns">
    <${OwnPlace} board=${loading ? null : board} query=${query} shown=${rows.length} total=${total} top=${top} />
    <section key=${loading ? "loading" : "shown"} class="panel board-panel" aria-labelledby="board-rows-title" aria-busy=${String(loading)}>
      <header class="panel-head"><h2 id="board-rows-title">${titleOf(query, board?.live.start ?? null)}</h2>
        <p class="quiet digits">${!total ? "" : t("board.total", { count: total })}</p></header>
      ${loading && html`<p class="quiet board-loading">${t("loading")}</p>`}
      ${!loading && rows.length === 0 && html`<${Empty} query=${query} />`}
      ${!loading && html`<${BoardRows} rows=${rows} by=${query.by} top=${top} label=${t("board.rows")} />`}
      ${board && !loading && board.next !== null && html`<${More} busy=${board.busy} />`}
    </section>
  </div>`;
}

/** @param {{busy: boolean}} props */
function More({ busy }) {
  const { actions } = useApp();
  return html`<button type="button" class="board-more" disabled=${busy} onClick=${() => actions.boards.more(KEY)}>${t("board.more")}</button>`;
}

/** @param {{board: Shown|null, query: Query, shown: number, total: number|null, top: number}} props */
function OwnPlace({ board, query, shown, total, top }) {
  const { state } = useApp();
  const me = board?.live.me ?? null;
  const hidden = state.session.user?.privacy.leaderboards === false;
  const onList = board?.live.rows.some(({ user_id }) => user_id === state.session.user?.id) ?? false;
  const jump = () => {
    const row = document.getElementById("own-row");
    row?.scrollIntoView({ block: "center" });
    row?.focus({ preventScroll: true });
  };
  return html`<aside class="panel own-place" aria-labelledby="own-place-title">
    <h2 id="own-place-title">${t("board.you")}</h2>
    ${hidden
      ? html`<p><b>${t("board.hidden")}</b></p><p class="quiet">${t("board.hidden.text")}</p><p><a class="button" href="/settings">${t("board.hidden.settings")}</a></p>`
      : me?.rank
        ? html`<p class="own-rank digits"><b>${t("board.place", { rank: me.rank })}</b> <span class="quiet">${t("board.of", { total: total ?? me.total })}</span></p>
            <p class="digits">${scoreText(me.score, query.by)}</p>
            ${onList && me.rank > NEAR_TOP && html`<button type="button" class="text-button" onClick=${jump}>${t("board.jump")}</button>`}`
        : html`<p class="own-rank"><b>–</b></p><p class="quiet">${board ? t(query.by === "time" ? "board.none" : "board.none.badges") : " "}</p>`}
    ${!hidden && !onList && me?.rank && me.rank > shown && board && board.around.length > 0 &&
    html`<h3 class="around-title">${t("board.around")}</h3><${BoardRows} rows=${board.around} by=${query.by} top=${top} label=${t("board.around")} />`}
  </aside>`;
}

/** @param {{query: Query}} props */
function Empty({ query }) {
  if (query.by === "badges") return html`<div class="empty"><p><b>${t("board.empty.badges")}</b></p><p><a href="/badges">${t("board.empty.badges.text")}</a></p></div>`;
  const alone = query.scope === "following";
  return html`<div class="empty">
    <p><b>${t(alone ? "board.empty.following" : "board.empty")}</b></p>
    <ol>${["track", "stop", "move"].map((key) => html`<li key=${key}>${t(`board.empty.${key}`)}</li>`)}</ol>
    <p><a class="button" href="/"><${Icon} name="play" />${t("board.empty.go")}</a></p>
  </div>`;
}

/** Everybody, those one follows, one's projects; and what the address names, though it is none of them. @param {string} scope */
function useScopes(scope) {
  const { projects } = useApp().state;
  const all = [
    { value: "global", label: t("board.scope.global") },
    { value: "following", label: t("board.scope.following") },
    ...(projects ?? []).filter(({ archived_at, id }) => !archived_at || scope === `project:${id}`).map(({ id, name }) => ({ value: `project:${id}`, label: name })),
  ];
  return all.some(({ value }) => value === scope) ? all : [...all, { value: scope, label: t(scope.startsWith("room:") ? "board.scope.room" : "board.scope.project") }];
}

/** @param {Query} query @param {string|null} start */
function titleOf({ period }, start) {
  return start && period !== "all" ? t(`board.since.${period}`, { date: dateText(start, period === "month" ? "month" : "long") }) : t(`board.period.${period}`);
}

/** Those who hear the page are told where they stand, when that has changed. @param {Shown|null} board */
function useOwnRankSaid(board) {
  const { actions } = useApp();
  const last = useRef(/** @type {{query: Query, rank: number}|null} */ (null));
  const rank = board?.status === "shown" ? (board.live.me?.rank ?? null) : null;
  useEffect(() => {
    if (!board || rank === null) return;
    if (last.current?.query === board.query && last.current.rank !== rank) actions.notices.say(t("board.said", { rank, total: board.live.me?.total ?? rank }));
    last.current = { query: board.query, rank };
  }, [rank, board?.query]);
}
