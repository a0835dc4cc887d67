// @ts-check
/**
 * Texts by key, in the language that is spoken. A language is a catalogue with the same keys; nothing else holds words.
 * English comes with the page, so that there is always a text; the others are fetched when somebody wants them.
 */
import { en } from "./en.js";

/** @typedef {string|{one: string, other: string}} Text  With two forms, `count` chooses. */

/** What languages call themselves: the only words that are the same in all of them. */
export const NAMES = { en: "English", de: "Deutsch" };

/** @type {Record<string, () => Promise<Record<string, Text>>>} */
const CATALOGUES = { en: async () => en, de: async () => ({ ...en, ...(await import("./de.js")).de }) };

/** @type {Record<string, Text>} */
let catalogue = en;
let plural = new Intl.PluralRules("en");
let numbers = new Intl.NumberFormat("en");
/** @type {string|undefined} */
let spoken;

/**
 * From now on in this language. Rejects, and changes nothing, if its catalogue cannot be had.
 * @param {import("../domain/language.js").Language} language
 * @param {string} tag  for dates and numbers, e.g. "en-GB"
 */
export async function speak(language, tag) {
  catalogue = await CATALOGUES[language]();
  plural = new Intl.PluralRules(language);
  numbers = new Intl.NumberFormat(tag);
  spoken = tag;
}

/** For Intl; until a language was chosen, what the machine prefers. */
export function locale() {
  return spoken;
}

/**
 * @param {string} key
 * @param {Record<string, string|number>} [values]  numbers are written as the locale does: years are given as text
 * @returns {string}
 */
export function t(key, values = {}) {
  const text = catalogue[key];
  if (text === undefined) return key;
  const form = typeof text === "string" ? text : text[plural.select(Number(values.count)) === "one" ? "one" : "other"];
  return form.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? written(values[name]) : whole));
}

/** The text, or null where the catalogue has none: for codes that a newer server may send. @param {string} key */
export function textOf(key) {
  return key in catalogue ? t(key) : null;
}

/**
 * What the server says in English, where the catalogue knows it by one of these keys; else as it is.
 * @param {(last: string) => string} keyOf @param {string} english
 */
export function spokenFor(keyOf, english) {
  if (catalogue === en) return english;
  const key = Object.keys(en).find((each) => en[each] === english && each === keyOf(each.slice(keyOf("").length)));
  return key ? t(key) : english;
}

/** @param {string|number} value */
function written(value) {
  return typeof value === "number" ? numbers.format(value) : value;
}
