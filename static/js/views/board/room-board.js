// @ts-check
/** Who has worked most in this room, all time, live. */
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html, useEffect, useMemo } from "../shared/html.js";
import { BoardRows } from "./board-rows.js";

const MOST = 10;

/** @param {{roomId: number}} props */
export function RoomBoard({ roomId }) {
  const { state, actions } = useApp();
  const key = `room:${roomId}`;
  useEffect(() => {
    void actions.boards.loadFollowing();
    actions.boards.open(key, { period: "all", scope: key, by: "time" });
    return () => actions.boards.close(key);
  }, [key]);
  const board = state.boards[key];
  const rows = useMemo(() => board?.live.rows.slice(0, MOST) ?? [], [board?.live.rows]);
  if (board?.status !== "shown" || rows.length === 0) return null;
  return html`<section class="panel room-board" aria-labelledby="room-board-title">
    <header class="panel-head"><h2 id="room-board-title">${t("board.room")}</h2><a href="/board?scope=${key}">${t("board.room.all")}</a></header>
    <${BoardRows} rows=${rows} by="time" top=${rows[0].score} label=${t("board.room")} />
  </section>`;
}
