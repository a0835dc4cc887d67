// @ts-check
/** What is heard and seen at the end of a phase. Both are off until someone asks for them, and this browser remembers it. */
import { countdownText, phaseText } from "../domain/room-timer.js";
import { isFirst } from "../net/locks.js";
import { audible, chime, unlock } from "../page/chime.js";
import { t } from "../text/t.js";

const SOUND = "focushub.room.sound";
const NOTIFY = "focushub.room.notify";
const RUNG = "focushub.room.rung";
const SILENT_MS = 400;
const RUNG_MS = 15_000; // longer than an end may be late

/** @param {import("../app.js").Parts} parts */
export function createSignals({ store, actions }) {
  const allowed = () => "Notification" in globalThis && Notification.permission === "granted";
  store.set({ signals: { sound: localStorage.getItem(SOUND) === "on", notify: localStorage.getItem(NOTIFY) === "on" && allowed() } });
  if (store.get().signals.sound) for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, unlock, { once: true }); // browsers want one before they let us be heard

  const own = {
    /** @param {boolean} sound */
    setSound(sound) {
      localStorage.setItem(SOUND, sound ? "on" : "off");
      store.set(({ signals }) => ({ signals: { ...signals, sound } }));
      if (!sound) return;
      unlock();
      chime("work");
    },
    /** @param {boolean} notify */
    async setNotify(notify) {
      if (notify && "Notification" in globalThis) await Notification.requestPermission();
      const on = notify && allowed();
      localStorage.setItem(NOTIFY, on ? "on" : "off");
      store.set(({ signals }) => ({ signals: { ...signals, notify: on } }));
      if (notify && !on) actions.notices.toast(t("signals.denied"));
    },
    /** Once, however many tabs are in the room. @param {import("../domain/bell.js").Ring} ring @param {{slug: string, name: string}} room */
    async ring({ key, ended, next }, room) {
      const { sound, notify } = store.get().signals;
      if (!(sound || notify) || !(await own.first(RUNG, key, RUNG_MS))) return;
      const what = phaseText(next);
      const body = next.endsAt === null ? t("signals.waits", { phase: what }) : t("signals.runs", { phase: what, clock: countdownText(Math.max(0, next.endsAt - Number(key.split("@")[1]))) });
      await own.give({ ended, title: t(`signals.over.${ended}`, { name: room.name }), body, tag: `room:${room.slug}` });
    },
    /** Whether this tab is the one to act at `what`; one that nobody has touched, and that would be silent, lets the others go first. @param {string} name @param {string} what @param {number} ms */
    async first(name, what, ms) {
      if (store.get().signals.sound && !audible()) await new Promise((resolve) => setTimeout(resolve, SILENT_MS));
      return isFirst(name, what, ms);
    },
    /** To be heard, and seen outside of the page while it is hidden. @param {{ended: string, title: string, body: string, tag: string}} signal */
    async give({ ended, title, body, tag }) {
      const { sound, notify } = store.get().signals;
      if (sound) chime(ended);
      if (!notify || document.visibilityState === "visible" || !allowed()) return;
      const options = { body, tag, icon: "/static/img/icon-192.png", silent: sound };
      try {
        const shown = new Notification(title, options);
        shown.onclick = () => {
          focus();
          shown.close();
        };
      } catch {
        const worker = await navigator.serviceWorker?.getRegistration(); // on phones only a service worker may show one
        await worker?.showNotification(title, options).catch(() => {});
      }
    },
    /** A rhythm that is not heard is missed, so sound is on unless somebody said otherwise. Within a click. */
    suggestSound() {
      if (localStorage.getItem(SOUND) === null) store.set(({ signals }) => ({ signals: { ...signals, sound: true } }));
      if (!store.get().signals.sound) return;
      localStorage.setItem(SOUND, "on");
      unlock();
    },
  };
  return own;
}
