// @ts-check
/** Texts by key. A second language is a second catalogue with the same keys; nothing else holds words. */
import { en } from "./en.js";

/** @typedef {string|{one: string, other: string}} Text  With two forms, `count` chooses. */

/** @type {Record<string, Text>} */
const catalogue = en;
const plural = new Intl.PluralRules("en");

/**
 * @param {string} key
 * @param {Record<string, string|number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const text = catalogue[key];
  if (text === undefined) return key;
  const form = typeof text === "string" ? text : text[plural.select(Number(values.count)) === "one" ? "one" : "other"];
  return form.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The text, or null where the catalogue has none: for codes that a newer server may send. @param {string} key */
export function textOf(key) {
  return key in catalogue ? t(key) : null;
}
