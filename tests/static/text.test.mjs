import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, test } from "node:test";
import { dateText, timeText } from "../../static/js/domain/format.js";
import { languageFor, localeFor } from "../../static/js/domain/language.js";
import { de } from "../../static/js/text/de.js";
import { en } from "../../static/js/text/en.js";
import { speak, t, textOf } from "../../static/js/text/t.js";

const root = fileURLToPath(new URL("../../static/js", import.meta.url));
const sources = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js") && !name.startsWith("text"));
const codeOf = (name) => readFileSync(join(root, name), "utf8");
const code = sources.map(codeOf).join("\n");
const quoted = new Set([...code.matchAll(/"([a-zA-Z]+(?:\.[a-zA-Z_]+)*)"/g)].map(([, key]) => key));
const prefixes = [...code.matchAll(/`([a-zA-Z]+(?:\.[a-zA-Z]+)*\.)\$\{/g)].map(([, prefix]) => prefix);
const formsOf = (text) => (typeof text === "string" ? { other: text } : text);
const valuesIn = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test("values, plurals, and what is not in the catalogue", () => {
  assert.equal(t("timer.since", { time: "08:00" }), "since 08:00");
  assert.equal(t("projects.members", { count: 1 }), "1 member");
  assert.equal(t("projects.members", { count: 2 }), "2 members");
  assert.equal(textOf("error.nobody_knows"), null);
});

test("every key that the page asks for is in the catalogue", () => {
  const heads = new Set(Object.keys(en).map((key) => key.split(".")[0]));
  const asked = [...quoted].filter((key) => key.includes(".") && heads.has(key.split(".")[0]));
  assert.deepEqual(asked.filter((key) => !(key in en)), []);
});

test("every text of the catalogue is asked for", () => {
  assert.deepEqual(Object.keys(en).filter((key) => !quoted.has(key) && !prefixes.some((prefix) => key.startsWith(prefix))), []);
});

test("no key stands in two files of a language, where one text would hide the other", async () => {
  for (const language of ["en", "de"]) {
    const keys = [];
    for (const name of readdirSync(join(root, "text", language))) {
      for (const area of Object.values(await import(join(root, "text", language, name)))) keys.push(...Object.keys(area));
    }
    assert.deepEqual(keys.filter((key, index) => keys.indexOf(key) !== index), [], language);
    assert.deepEqual(keys.sort(), Object.keys({ en, de }[language]).sort(), `${language}: a file that the catalogue does not take in`);
  }
});

test("both languages have the same keys, the same values in each text, and plurals where the other has them", () => {
  assert.deepEqual(Object.keys(en).filter((key) => !(key in de)), [], "not in German");
  assert.deepEqual(Object.keys(de).filter((key) => !(key in en)), [], "only in German");
  for (const key of Object.keys(en)) {
    const [english, german] = [formsOf(en[key]), formsOf(de[key])];
    assert.deepEqual(Object.keys(german), Object.keys(english), key);
    for (const form of Object.keys(english)) assert.deepEqual(valuesIn(german[form]), valuesIn(english[form]), key);
  }
});

test("the language is the one chosen, else the browser's, else English; its variant is the reader's own", () => {
  assert.deepEqual([languageFor("de", ["en"]), languageFor(null, ["fr", "de-AT", "en"]), languageFor("xx", ["fr"]), languageFor(null, [])], ["de", "de", "en", "en"]);
  assert.deepEqual([localeFor("en", ["de", "en-GB"]), localeFor("de", ["en-GB"])], ["en-GB", "de"]);
});

test("dates, times and numbers are written as the language does", async () => {
  after(() => speak("en", "en-GB"));
  await speak("de", "de");
  assert.equal(t("projects.members", { count: 1234 }), "1.234 Mitglieder");
  assert.equal(dateText("2026-11-21", "long"), "Samstag, 21. November");
  await speak("en", "en-US");
  assert.equal(t("projects.members", { count: 1234 }), "1,234 members");
  assert.equal(timeText(Date.UTC(2026, 0, 1, 15), "UTC").replace(/\s/u, " "), "03:00 PM");
});

test("nothing asks for a text before the language is known", () => {
  for (const name of sources) assert.doesNotMatch(codeOf(name), /^(?:export )?const .*(?<!=> )\bt\(["`]/m, name);
});

/** What a template shows by itself: the text between tags and the attributes that are read aloud, without `${…}`. */
function literalsIn(source) {
  const found = [];
  const templates = [];
  let depth = [];
  for (let at = 0, open = []; at < source.length; at += 1) {
    const inside = open.at(-1);
    if (inside === "html" || inside === "text") {
      if (source[at] === "\\") at += 1;
      else if (source.startsWith("${", at)) {
        if (inside === "html") templates.at(-1).text += "\u0000";
        open.push("code");
        depth.push(0);
        at += 1;
      } else if (source[at] === "`") {
        if (open.pop() === "html") found.push(templates.pop().text);
      } else if (inside === "html") templates.at(-1).text += source[at];
    } else if (source.startsWith("html`", at) && !/\w/.test(source[at - 1] ?? " ")) {
      open.push("html");
      templates.push({ text: "" });
      at += 4;
    } else if (source[at] === "`") open.push("text");
    else if (source[at] === '"') at = endOfString(source, at);
    else if (source.startsWith("//", at) && source[at - 1] !== ":") at = source.indexOf("\n", at);
    else if (source.startsWith("/*", at)) at = source.indexOf("*/", at) + 1;
    else if (inside === "code" && source[at] === "{") depth[depth.length - 1] += 1;
    else if (inside === "code" && source[at] === "}") {
      if (depth.at(-1) > 0) depth[depth.length - 1] -= 1;
      else {
        open.pop();
        depth.pop();
      }
    }
  }
  return found;
}

function endOfString(source, from) {
  let at = from + 1;
  while (at < source.length && source[at] !== '"') at += source[at] === "\\" ? 2 : 1;
  return at;
}

test("views have no words of their own", () => {
  const brands = new Set(["FocusHub"]);
  for (const name of sources.filter((each) => each.startsWith("views"))) {
    for (const template of literalsIn(codeOf(name))) {
      const between = template.replace(/<[^>]*>/g, "\n").split(/[\n\u0000]/).map((text) => text.trim()).filter((text) => /\p{L}{2}/u.test(text) && !brands.has(text));
      const spoken = [...template.matchAll(/\s(?:aria-label|title|placeholder|alt|label|aria-valuetext|aria-roledescription)=(?:"((?!https:)[^"\u0000]*\p{L}{2}[^"\u0000]*)"|([^\s"'\u0000>]*\p{L}{2}[^\s>]*))/gu)].map(([whole]) => whole);
      assert.deepEqual([...between, ...spoken], [], name);
    }
  }
});
