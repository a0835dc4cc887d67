// @ts-check
/** How the page looks and which language it speaks: choices of this browser. The account is told of the language, for its mails. */
import { languageFor, localeFor } from "../domain/language.js";
import { asApiError } from "../net/api-error.js";
import { speak, t } from "../text/t.js";

const THEME = "focushub.theme"; // read by page/first.js, too
const LANGUAGE = "focushub.language";

/** @typedef {"auto"|"light"|"dark"} Theme @typedef {{theme: Theme, choice: string, language: import("../domain/language.js").Language}} Look  `choice`: "auto", or a language */

/** @param {import("../app.js").Parts} parts */
export function createLook({ store, actions }) {
  const change = (/** @type {Partial<Look>} */ changes) => store.set(({ look }) => ({ look: { ...look, ...changes } }));
  const metas = /** @type {HTMLMetaElement[]} */ ([...document.querySelectorAll("meta[name=theme-color]")]);
  const colors = metas.map(({ content }) => content);

  /** @param {string|null} theme */
  function show(theme) {
    const shown = theme === "light" || theme === "dark" ? theme : "auto";
    if (shown === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = shown;
    metas.forEach((meta, index) => (meta.content = shown === "auto" ? colors[index] : colors[shown === "light" ? 0 : 1]));
    change({ theme: shown });
  }

  /** @param {string|null} choice */
  async function read(choice) {
    const language = languageFor(choice, navigator.languages);
    await speak(language, localeFor(language, navigator.languages));
    document.documentElement.lang = language;
    change({ choice: choice ?? "auto", language });
  }

  addEventListener("storage", ({ key, newValue }) => {
    if (key === THEME) show(newValue);
    if (key === LANGUAGE) void read(newValue).catch(() => {});
  });
  show(localStorage.getItem(THEME));

  return {
    /** Before anything is drawn; without its catalogue the page speaks English. */
    ready: () => read(localStorage.getItem(LANGUAGE)).catch(() => {}),
    /** @param {Theme} theme */
    setTheme(theme) {
      keep(THEME, theme);
      show(theme);
    },
    /** @param {string} choice  "auto", or a language */
    async setLanguage(choice) {
      try {
        await read(choice === "auto" ? null : choice);
        keep(LANGUAGE, choice);
      } catch {
        return void actions.notices.toast(t("error.network"), { tone: "bad" });
      }
      await actions.preferences.save({ language: store.get().look.language }).catch((error) => actions.notices.failed(asApiError(error)));
    },
  };
}

/** @param {string} key @param {string} choice */
function keep(key, choice) {
  if (choice === "auto") localStorage.removeItem(key);
  else localStorage.setItem(key, choice);
}
