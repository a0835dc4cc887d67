import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const css = fileURLToPath(new URL("../../static/css", import.meta.url));
const sheets = readdirSync(css).filter((name) => name.endsWith(".css")).map((name) => ({ name, text: readFileSync(join(css, name), "utf8").replace(/\/\*[^]*?\*\//g, "") }));
const tokens = sheets.find(({ name }) => name === "tokens.css").text;
const others = sheets.filter(({ name }) => name !== "tokens.css");
const valuesOf = (text, property) => [...text.matchAll(new RegExp(`[^-]\\b${property}: ([^;]+);`, "g"))].map(([, value]) => value);

test("every colour is a token, and has a value by day and by night", () => {
  for (const { name, text } of others) assert.doesNotMatch(text, /#[0-9a-f]{3,8}\b(?=[^{]*[;,)])|\b(?:rgb|hsl|oklch)a?\(/i, name);
  const [, colors] = /--ground([^]*?)--tint-0/.exec(tokens);
  for (const [line] of colors.matchAll(/--[\w-]+: [^;]+;/g)) assert.match(line, /light-dark\(/);
});

test("every token that is used is there", () => {
  const made = new Set(sheets.flatMap(({ text }) => [...text.matchAll(/(--[\w-]+):/g)].map(([, token]) => token)));
  const drawn = new Set(["--project", "--share", "--left", "--level", "--from", "--to", "--at", "--height", "--width"]);
  for (const { name, text } of sheets) {
    for (const [, token, fallback] of text.matchAll(/var\((--[\w-]+)(,?)/g)) assert.ok(made.has(token) || drawn.has(token) || fallback, `${name}: ${token}`);
  }
});

test("sizes of text and round corners come from the scale", () => {
  for (const { name, text } of others) {
    for (const size of valuesOf(text, "font-size")) assert.match(size, /^var\(--step|^(?:inherit|[\d.]+em|10px)$/, `${name}: font-size: ${size}`);
    for (const radius of valuesOf(text, "border-radius")) assert.match(radius, /^(?:(?:0|50%|inherit|2px|3px|var\(--round[\w-]*\)|calc\(var\(--round[^)]*\)[^)]*\)) ?)+$/, `${name}: border-radius: ${radius}`);
  }
});

test("who wants no motion gets none", () => {
  const base = others.find(({ name }) => name === "base.css").text;
  assert.match(base, /prefers-reduced-motion: reduce[^]*animation: none !important;[^]*transition: none !important;/);
});
