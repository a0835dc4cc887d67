// @ts-check
/**
 * The rhythm of one's own: its lengths are the account's, the phase under way is this browser's, the same in all its tabs. What it does at the end of a
 * phase is done by one of them; what is kept is always changed first, so that the others do not take its effects for the person's.
 */
import { overlay } from "../domain/outbox.js";
import { begun, ended, keptPomodoro, leftOf, newPomodoro, pauseAt, paused, resumed, runOf, works } from "../domain/pomodoro.js";
import { countdownText } from "../domain/room-timer.js";
import { runningOf } from "../domain/timer.js";
import { createAlarm } from "../page/alarm.js";
import { t } from "../text/t.js";

/** @typedef {import("../domain/pomodoro.js").Pomodoro} Pomodoro @typedef {import("../domain/pomodoro.js").Task} Task @typedef {import("../store.js").State} State */

const LOCK = "focushub.pomodoro.end";
const LOCK_MS = 15_000;
const PROMPT_MS = 2000; // the server's own instant of a stop is near enough

/** @param {import("../app.js").Parts} parts */
export function createPomodoroActions(parts) {
  const { store, clock, actions } = parts;
  const alarm = createAlarm(look);
  let key = "";
  let busy = false;

  /** @param {(pomodoro: Pomodoro) => Pomodoro} turn  of what is kept now, which another tab may have changed */
  function change(turn) {
    if (!key) return;
    const before = localStorage.getItem(key);
    const next = turn(keptPomodoro(before));
    const text = JSON.stringify(next);
    if (text !== before) localStorage.setItem(key, text);
    store.set({ pomodoro: next });
    look();
  }

  /** What runs, as it is shown. @param {State} state */
  const shown = ({ timer, outbox }) => overlay(runningOf(timer), outbox);

  /** Whether the phase is over, and when to look again. */
  function look() {
    const { pomodoro: { on, run }, timer } = store.get();
    const endsAt = on && run?.state === "running" ? run.endsAt : null;
    alarm.set(endsAt === null ? null : endsAt - clock.now() + 1);
    if (endsAt !== null && endsAt <= clock.now() && timer.loaded) void over(endsAt);
  }

  /** @param {number} endsAt */
  async function over(endsAt) {
    if (busy) return;
    busy = true;
    try {
      if (!(await actions.signals.first(LOCK, `${key}@${endsAt}`, LOCK_MS))) return;
      if (keptPomodoro(localStorage.getItem(key)).run?.endsAt === endsAt) finish(undefined);
    } finally {
      busy = false;
    }
  }

  /** @param {number|undefined} at  the deadline, or when somebody skipped what was left */
  function finish(at) {
    const now = clock.now();
    const end = ended(keptPomodoro(localStorage.getItem(key)), now, at);
    const { running } = shown(store.get());
    change(() => end.pomodoro);
    if (end.stopAt !== null && running && Date.parse(running.started_at) < end.stopAt) {
      if (now - end.stopAt > PROMPT_MS) actions.timer.stopAt(new Date(end.stopAt).toISOString());
      else actions.timer.stop();
    }
    if (end.start && !shown(store.get()).running) actions.timer.start(end.start);
    if (end.ring && at === undefined) tell(end.ring, now);
  }

  /** @param {import("../domain/pomodoro.js").Ring} ring @param {number} now */
  function tell({ ended: over, next }, now) {
    const values = { phase: t(`pomodoro.phase.${next.phase}`), clock: countdownText(leftOf(next, now)) };
    const body = t(next.state === "running" ? "pomodoro.said.runs" : "pomodoro.said.waits", values);
    actions.notices.say(`${t(`pomodoro.over.${over}`)} ${body}`);
    void actions.signals.give({ ended: over, title: t(`pomodoro.over.${over}`), body, tag: "pomodoro" });
  }

  store.subscribe((state, before) => {
    if (!works(state.pomodoro) || !state.timer.loaded || (state.timer === before.timer && state.outbox === before.outbox)) return;
    const { running, ended: closed } = shown(state);
    const dropped = !running && before.session.user?.id === state.session.user?.id && shown(before).running !== null;
    const at = pauseAt(state.pomodoro, { running, ended: [...Object.values(state.timer.entries), ...closed], dropped }, clock.now());
    if (at !== null) change((kept) => paused(kept, at));
  });
  addEventListener("storage", ({ key: changed, newValue }) => {
    if (!key || changed !== key) return;
    store.set({ pomodoro: keptPomodoro(newValue) });
    look();
  });
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);

  const own = {
    /** @param {number} userId */
    restore(userId) {
      key = `focushub.pomodoro.${userId}`;
      change((kept) => kept);
    },
    forget() {
      key = "";
      alarm.set(null);
      store.set({ pomodoro: newPomodoro() });
    },
    /** @param {boolean} on */
    setOn(on) {
      change((kept) => ({ ...kept, on, run: on ? kept.run : null }));
      if (on) actions.signals.suggestSound();
    },
    /** The account's lengths: from the next phase; a phase that waits takes its new length. @param {import("../domain/pomodoro.js").Rhythm} rhythm */
    follow: (rhythm) => change((kept) => ({ ...kept, rhythm, run: kept.run?.state === "waiting" ? { ...runOf({ ...kept, rhythm, run: null }), ...phaseOf(kept.run, rhythm) } : kept.run })),
    /** The timer is being started on this page. @param {Task} task */
    begin: (task) => change((kept) => begun(kept, { description: task.description, project_id: task.project_id, tags: task.tags }, clock.now())),
    /** What the round button and its key do. */
    toggle() {
      const { pomodoro, draft } = store.get();
      const { task, phase, state } = runOf(pomodoro);
      const { running } = shown(store.get());
      if (!pomodoro.on || running) return actions.timer.toggle();
      if (phase !== "work" && state === "waiting") return change((kept) => resumed(kept, clock.now()));
      return draft.text || draft.project_id !== null || draft.tags.length > 0 || !task ? actions.timer.startDraft() : void actions.timer.start(task);
    },
    /** A timer that runs without a phase gets one, from now on. */
    attach() {
      const { running } = shown(store.get());
      if (running) own.begin(running);
    },
    /** The rest of this phase is left out. */
    skip: () => finish(clock.now()),
    /** Back to the first phase; what runs is stopped. */
    reset() {
      const stops = works(store.get().pomodoro) && shown(store.get()).running;
      change((kept) => ({ ...kept, run: null }));
      if (stops) actions.timer.stop();
    },
  };
  return own;
}

/** @param {import("../domain/pomodoro.js").Run} run @param {import("../domain/pomodoro.js").Rhythm} rhythm */
function phaseOf({ phase, cycle, since, task }, rhythm) {
  return { phase, cycle, since, task, leftMs: 1000 * { work: rhythm.work_s, short_break: rhythm.short_break_s, long_break: rhythm.long_break_s }[phase] };
}
