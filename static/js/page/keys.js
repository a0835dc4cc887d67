// @ts-check
/** Single-key shortcuts, heard by the whole page. */
import { shortcutOf } from "../domain/shortcuts.js";

export const START_BOX = "start-box";

/** @param {import("../app.js").Parts} parts */
export function listenToKeys({ store, router, actions }) {
  document.addEventListener("keydown", (event) => {
    if (store.get().session.status !== "in" || !store.get().keys || event.defaultPrevented) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const writing = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
    const shortcut = shortcutOf(event, { writing, dialogOpen: document.querySelector("dialog[open]") !== null });
    if (!shortcut) return;
    event.preventDefault();
    if (shortcut === "help") actions.notices.showHelp(true);
    else if (shortcut === "toggle") actions.pomodoro.toggle();
    else if (store.get().route.name === "today") focusBox();
    else {
      router.go("/");
      setTimeout(focusBox); // when the page is drawn and has had its own focus
    }
  });
}

function focusBox() {
  document.getElementById(START_BOX)?.focus();
}
