// @ts-check
/** Tells a screen reader when the timer starts or stops, here or elsewhere, and when the connection comes and goes. */
import { durationText } from "../domain/format.js";
import { runningOf, secondsOf } from "../domain/timer.js";
import { t, textOf } from "../text/t.js";

/** @param {import("../app.js").Parts} parts */
export function announce({ store, clock, actions }) {
  store.subscribe((state, before) => {
    if (state.session.user?.id !== before.session.user?.id) return;
    if (state.connection.phase !== before.connection.phase && (before.connection.wasLive || state.connection.phase === "offline")) {
      const text = textOf(`connection.said.${state.connection.phase}`);
      if (text) actions.notices.say(text);
    }
    if (state.timer === before.timer || !before.timer.loaded) return;
    const now = runningOf(state.timer);
    const last = runningOf(before.timer);
    if (now?.id === last?.id) return;
    if (now) return actions.notices.say(t("said.started", { what: now.description || t("timer.untitled") }));
    const ended = last && state.timer.entries[last.id];
    if (ended) actions.notices.say(t("said.stopped", { duration: durationText(secondsOf(ended, clock.now())) }));
    else actions.notices.say(t("said.discarded"));
  });
}
