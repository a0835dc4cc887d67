// @ts-check
/** Notifications that the system shows while this page is closed; only where the browser can, over https or on the machine itself. */
import { asApiError } from "../net/api-error.js";
import { t } from "../text/t.js";

const WORKER = "/sw.js";

/** @param {import("../app.js").Parts} parts */
export function createPushActions(parts) {
  const { api } = parts;
  const possible = isSecureContext && "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;
  if (possible) {
    navigator.serviceWorker.addEventListener("message", ({ data }) => {
      if (typeof data?.go === "string" && data.go.startsWith("/") && !data.go.startsWith("//")) parts.router.go(data.go);
    });
  }

  /** @returns {Promise<PushSubscription|null>} */
  async function current() {
    const registration = possible ? await navigator.serviceWorker.getRegistration(WORKER) : undefined;
    return (await registration?.pushManager.getSubscription()) ?? null;
  }

  const actions = {
    possible,
    isOn: async () => (await current()) !== null,
    /** Answers whether it is on now. @returns {Promise<boolean>} */
    async turnOn() {
      if ((await Notification.requestPermission()) !== "granted") {
        parts.actions.notices.toast(t("signals.denied"));
        return false;
      }
      const registration = await navigator.serviceWorker.register(WORKER);
      await navigator.serviceWorker.ready;
      const { public_key } = await api.get("/push/key");
      try {
        const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: public_key });
        const { endpoint, keys } = subscription.toJSON();
        await api.post("/push/subscriptions", { endpoint, keys });
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
        parts.actions.notices.toast(t("push.failed"), { tone: "bad" }); // the browser's own service does not answer
        return false;
      }
      return true;
    },
    async turnOff() {
      const subscription = await current();
      if (!subscription) return;
      await subscription.unsubscribe();
      await api.delete("/push/subscriptions", { body: { endpoint: subscription.endpoint } }).catch((error) => {
        if (asApiError(error).status !== 404) throw error;
      });
    },
  };
  return actions;
}
