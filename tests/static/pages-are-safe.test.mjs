import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const root = fileURLToPath(new URL("../../static", import.meta.url));
const modules = readdirSync(join(root, "js"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js")).map((name) => `js/${name}`);
const text = (name) => readFileSync(join(root, name), "utf8");

test("text is never HTML, and nothing is evaluated", () => {
  for (const name of modules) assert.doesNotMatch(text(name), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, name);
});

test("the pure modules know neither the page nor the network", () => {
  for (const name of modules.filter((each) => each.startsWith("js/domain"))) {
    assert.doesNotMatch(text(name), /\b(document|window|localStorage|fetch|navigator|Date\.now|Math\.random)\b/, name);
    for (const [, path] of text(name).matchAll(/^import .* from "(.*)";$/gm)) assert.match(path, /^\.\/|^\.\.\/text\//, name);
  }
});

test("every module is checked, and imports only what is there", () => {
  for (const name of modules) {
    assert.match(text(name), /^\/\/ @ts-check\n/, name);
    for (const [, path] of text(name).matchAll(/from "(\.[^"]+)"/g)) assert.doesNotThrow(() => readFileSync(resolve(join(root, dirname(name)), path)), `${name}: ${path}`);
  }
});

test("the page needs nothing that its policy forbids", () => {
  const html = text("index.html");
  assert.doesNotMatch(html, /<style|style=|importmap|\son\w+=/);
  for (const [, attributes, body] of html.matchAll(/<script([^>]*)>([^]*?)<\/script>/g)) {
    assert.match(attributes, /src="\/static\//);
    assert.equal(body, "");
  }
  for (const [, path] of html.matchAll(/(?:href|src)="\/static\/([^"]+)"/g)) assert.doesNotThrow(() => readFileSync(join(root, path)), path);
});

test("the libraries are those that were published", () => {
  const table = text("vendor/README.md");
  for (const name of readdirSync(join(root, "vendor")).filter((each) => each.endsWith(".js"))) {
    const sum = createHash("sha256").update(readFileSync(join(root, "vendor", name))).digest("hex");
    assert.ok(table.includes(sum), name);
  }
});
