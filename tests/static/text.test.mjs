import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { en } from "../../static/js/text/en.js";
import { t, textOf } from "../../static/js/text/t.js";

const root = fileURLToPath(new URL("../../static/js", import.meta.url));
const sources = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js") && !name.startsWith("text"));
const code = sources.map((name) => readFileSync(join(root, name), "utf8")).join("\n");
const quoted = new Set([...code.matchAll(/"([a-zA-Z]+(?:\.[a-zA-Z_]+)*)"/g)].map(([, key]) => key));
const prefixes = [...code.matchAll(/`([a-zA-Z]+(?:\.[a-zA-Z]+)*\.)\$\{/g)].map(([, prefix]) => prefix);

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
