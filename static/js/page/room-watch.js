// @ts-check
/** Sees the phases of the room come and go, also while another page is shown: rings, and tells a screen reader. */
import { observe } from "../domain/bell.js";
import { leftAt, phaseText, shownAt } from "../domain/room-timer.js";
import { durationText } from "../domain/format.js";
import { t } from "../text/t.js";

/** @param {import("../app.js").Parts} parts */
export function watchRoom({ store, clock, actions }) {
  /** @type {import("../domain/bell.js").Watch} */
  let watch = null;
  /** @type {{room: number, key: string}|null} */
  let last = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let deadline;

  function look() {
    const now = clock.now();
    const room = store.get().room?.scene?.room ?? null;
    const shown = room && shownAt(room, now);
    const seen = observe(watch, room, shown, now);
    watch = seen.watch;
    clearTimeout(deadline);
    if (shown?.endsAt) deadline = setTimeout(look, Math.min(shown.endsAt - now + 1, 2 ** 31 - 1));
    const key = shown ? `${shown.state} ${shown.phase} ${shown.cycle}` : "";
    const before = last;
    last = room && { room: room.id, key };
    if (seen.ring && room) void actions.signals.ring(seen.ring, room);
    if (before && room && shown && before.room === room.id && before.key !== key) actions.notices.say(wordsFor(shown, now));
  }

  setInterval(look, 1000);
  store.subscribe((state, before) => state.room !== before.room && look());
  document.addEventListener("visibilitychange", look);
}

/** @param {import("../domain/room-timer.js").Shown} shown @param {number} now */
function wordsFor(shown, now) {
  const phase = phaseText(shown);
  if (shown.phase === null) return t("said.room.stopped");
  if (shown.state === "idle") return t("said.room.waits", { phase });
  const left = durationText(Math.ceil((leftAt(shown, now) ?? 0) / 1000));
  return shown.state === "paused" ? t("said.room.paused", { phase, left }) : t("said.room.runs", { phase, left });
}
