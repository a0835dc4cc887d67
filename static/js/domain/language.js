// @ts-check
/** Which of the page's languages is spoken, and in which manner dates and numbers are written. */

/** @typedef {"en"|"de"} Language */

export const LANGUAGES = /** @type {const} */ (["en", "de"]);

/**
 * The language chosen, else the first that the browser asks for and the page has, else English.
 * @param {string|null} choice
 * @param {readonly string[]} wanted  the browser's list, e.g. ["de-AT", "en"]
 * @returns {Language}
 */
export function languageFor(choice, wanted) {
  const asked = [choice ?? "", ...wanted].map(baseOf);
  const found = asked.find((base) => LANGUAGES.some((language) => language === base));
  return /** @type {Language} */ (found ?? "en");
}

/**
 * The reader's own variant of a language: English on a British computer has British dates.
 * @param {Language} language
 * @param {readonly string[]} wanted
 */
export function localeFor(language, wanted) {
  return wanted.find((tag) => baseOf(tag) === language) ?? language;
}

/** @param {string} tag */
function baseOf(tag) {
  return tag.toLowerCase().split("-")[0];
}
