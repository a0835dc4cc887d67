// @ts-check
/** The room's timer as it is shown, drawn anew when a deadline passes, not at every second. */
import { shownAt } from "../../domain/room-timer.js";
import { useApp } from "../shared/app-context.js";
import { useEffect, useState } from "../shared/html.js";

const LONGEST_MS = 2 ** 31 - 1;

/** @param {import("../../domain/types.js").Room} room @returns {import("../../domain/room-timer.js").Shown} */
export function useShown(room) {
  const { now } = useApp();
  const [drawn, draw] = useState(0);
  const shown = shownAt(room, now());
  useEffect(() => {
    const again = () => draw((n) => n + 1);
    document.addEventListener("visibilitychange", again);
    const timer = shown.endsAt === null ? undefined : setTimeout(again, Math.min(Math.max(0, shown.endsAt - now()) + 2, LONGEST_MS));
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", again);
    };
  }, [drawn, shown.endsAt]);
  return shown;
}
