// @ts-check
/** A focus room: the shared timer, one's own part in it, who is there, and what is said in breaks. */
import { rightsOf } from "../../domain/rooms.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html, useEffect } from "../shared/html.js";
import { RoomBoard } from "../board/room-board.js";
import { Chat } from "./chat.js";
import { Gone } from "./gone.js";
import { History } from "./history.js";
import { OwnPart } from "./own-part.js";
import { People } from "./people.js";
import { RoomActions } from "./room-actions.js";
import { useShown } from "./shown.js";
import { Stage } from "./stage.js";

/** @param {{slug: string}} props */
export function RoomPage({ slug }) {
  const { state, actions } = useApp();
  useEffect(() => {
    actions.rooms.open(slug);
    return () => actions.rooms.turnAway(slug);
  }, [slug]);
  const here = state.room?.slug === slug ? state.room : null;
  useEffect(() => {
    // A page that is drawn anew has a new heading; who hears the page goes on from there.
    if (document.activeElement === document.body) /** @type {HTMLElement|null} */ (document.querySelector("main h1"))?.focus({ preventScroll: true });
  }, [here?.status]);
  if (here?.status === "gone") return html`<${Gone} problem=${here.problem ?? ""} slug=${slug} name=${here.room?.name} />`;
  if (!here?.scene) {
    return html`<section class="page"><h1 tabindex="-1" class="quiet">${here?.room?.name ?? t("loading")}</h1>
      ${here?.room && html`<p class="quiet">${t("room.entering")}</p>`}</section>`;
  }
  return html`<${Inside} here=${here} scene=${here.scene} />`;
}

/** @param {{here: import("../../actions/rooms.js").Here, scene: import("../../domain/rooms.js").Scene}} props */
function Inside({ here, scene }) {
  const { state, actions } = useApp();
  const { room } = scene;
  const shown = useShown(room);
  const rights = rightsOf(scene, state.session.user?.id);
  const idleAgain = room.timer.phase === null && room.round > 0;
  useEffect(() => {
    if (idleAgain && Object.keys(scene.past.meant).length === 0) void actions.rooms.recall(here.slug);
  }, [idleAgain]);
  return html`<section class="page room">
    <p class="crumb"><a href="/rooms">${t("rooms.title")}</a></p>
    <header class="page-head">
      <h1 tabindex="-1">${room.name}</h1>
      <${RoomActions} scene=${scene} rights=${rights} />
    </header>
    <div class="room-main">
      <${Stage} here=${here} scene=${scene} shown=${shown} rights=${rights} />
      <${OwnPart} scene=${scene} shown=${shown} />
      <${RoomBoard} roomId=${room.id} />
      <${History} slug=${here.slug} round=${room.round} over=${room.timer.phase === null} />
    </div>
    <div class="room-side">
      <${People} scene=${scene} />
      <${Chat} scene=${scene} shown=${shown} />
    </div>
  </section>`;
}
