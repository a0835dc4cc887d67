// @ts-check
/** The timer as it is shown: what the server said, and over it what waits to be answered. */
import { closedOn, runningOf } from "../../domain/timer.js";
import { overlay } from "../../domain/outbox.js";
import { knownZone } from "../../domain/days.js";
import { useApp } from "./app-context.js";

/** @typedef {import("../../domain/types.js").Entry} Entry */

/** @returns {{running: Entry|null, today: Entry[], day: import("../../domain/types.js").Day|null, zone: string}} */
export function useTimer() {
  const { timer, outbox, day, session } = useApp().state;
  const shown = overlay(runningOf(timer), outbox);
  const hidden = new Set([...shown.discarded, ...shown.ended.map(({ id }) => id)]);
  const known = Object.values(timer.entries).filter(({ id }) => !hidden.has(id)).map((entry) => ({ ...entry, ...shown.edited[entry.id] }));
  const today = day ? closedOn([...known, ...shown.ended], day) : [];
  return { running: shown.running, today, day, zone: knownZone(session.user?.timezone) };
}

/** @param {number|null} id @returns {import("../../domain/types.js").Project|null} */
export function useProject(id) {
  const { projects } = useApp().state;
  return (id !== null && projects?.find((project) => project.id === id)) || null;
}
