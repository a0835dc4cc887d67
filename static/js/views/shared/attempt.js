// @ts-check
/** One thing at a time, and a notice when it was refused: for buttons that are not forms. */
import { asApiError } from "../../net/api-error.js";
import { useApp } from "./app-context.js";
import { useState } from "./html.js";

export function useAttempt() {
  const { actions } = useApp();
  const [busy, setBusy] = useState(false);
  return {
    busy,
    /** Answers whether it was done. @param {() => Promise<any>} task @returns {Promise<boolean>} */
    async run(task) {
      if (busy) return false;
      setBusy(true);
      try {
        await task();
        return true;
      } catch (error) {
        actions.notices.failed(asApiError(error));
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}
