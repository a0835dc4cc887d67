// @ts-check
/** The tab: its title counts while a timer runs, one's own or the room's, and its icon carries a dot. */
import { clockText } from "../domain/format.js";
import { leftOf } from "../domain/pomodoro.js";
import { overlay } from "../domain/outbox.js";
import { countdownText, shownAt, titleOf } from "../domain/room-timer.js";
import { runningOf, secondsOf } from "../domain/timer.js";
import { t, textOf } from "../text/t.js";

/** @param {import("../app.js").Parts} parts */
export function keepTitle({ store, clock }) {
  const icon = /** @type {HTMLLinkElement|null} */ (document.querySelector("link[rel=icon]"));
  let shown = "";

  function draw() {
    const { timer, outbox, route, live, session, room: here, pomodoro } = store.get();
    const { running } = overlay(runningOf(timer), outbox);
    const room = here?.scene?.room ?? null;
    const roomRuns = room !== null && shownAt(room, clock.now()).state === "running";
    const inRoom = room !== null && (route.name === "room" || (roomRuns && !running));
    const projectName = route.name === "project" ? live?.project?.name : null;
    const page = projectName ?? textOf(session.status === "out" ? "title.welcome" : `title.${route.name}`) ?? "";
    const phase = pomodoro.on && pomodoro.run?.state === "running" ? pomodoro.run : null;
    const title = inRoom ? titleOf(room, clock.now()) : phase
      ? t("title.running", { clock: countdownText(leftOf(phase, clock.now())), what: (phase.phase === "work" && running?.description) || t(`pomodoro.phase.${phase.phase}`) })
      : running
      ? t("title.running", { clock: clockText(secondsOf(running, clock.now())), what: running.description || t("timer.untitled") })
      : t("title.idle", { page });
    if (title !== shown) document.title = shown = title;
    const name = `/static/img/${running || roomRuns ? "favicon-running" : "favicon"}.svg`;
    if (icon && icon.getAttribute("href") !== name) icon.href = name;
  }

  setInterval(draw, 1000);
  store.subscribe(draw);
}
