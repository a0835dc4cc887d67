import assert from "node:assert/strict";
import { test } from "node:test";
import { cut, markAt, matchProjects, matchTags, read, tagsOf, withTag } from "../../static/js/domain/start-input.js";

const projects = ["Website relaunch", "Thesis", "Garden", "Café menu"].map((name, index) => ({ id: index + 1, name }));
const mark = (text) => markAt(text.replace("|", ""), text.indexOf("|"));

test("the mark at the caret", () => {
  assert.deepEqual(mark("write @we|"), { kind: "project", query: "we", from: 6, to: 9 });
  assert.deepEqual(mark("#|"), { kind: "tag", query: "", from: 0, to: 1 });
  assert.deepEqual(mark("a #de|sign b"), { kind: "tag", query: "design", from: 2, to: 9 });
});

test("no mark: inside a word, an address, behind a space", () => {
  for (const text of ["write|", "me@home|", "C#|", "@web |", ""]) assert.equal(mark(`${text}`.includes("|") ? text : `${text}|`), null);
});

test("a mark is cut out with one space left", () => {
  const cutOut = (text) => cut(text.replace("|", ""), mark(text));
  assert.deepEqual(cutOut("write @we| now"), { text: "write now", caret: 6 });
  assert.deepEqual(cutOut("@we|"), { text: "", caret: 0 });
  assert.deepEqual(cutOut("write #x|"), { text: "write ", caret: 6 });
});

test("projects match without case, accents and spaces, beginnings first", () => {
  assert.deepEqual(matchProjects(projects, "e").map(({ name }) => name), ["Website relaunch", "Thesis", "Garden", "Café menu"]);
  assert.deepEqual(matchProjects(projects, "cafe").map(({ id }) => id), [4]);
  assert.deepEqual(matchProjects(projects, "website-re").map(({ id }) => id), [1]);
  assert.deepEqual(matchProjects([{ id: 1, name: "My site" }, { id: 2, name: "Site" }], "site").map(({ id }) => id), [2, 1]);
});

test("tags already taken are not offered", () => {
  assert.deepEqual(matchTags(["design", "deep", "mail"], "de", ["deep"]), ["design"]);
});

test("what is sent: marks are read, an @ that names nothing stays", () => {
  assert.deepEqual(read("Write  the plan @thesis #Draft #draft", projects), { description: "Write the plan", project: projects[1], tags: ["Draft"] });
  assert.deepEqual(read("ask @mira about #1", projects), { description: "ask @mira about", project: null, tags: ["1"] });
  assert.deepEqual(read("", projects), { description: "", project: null, tags: [] });
});

test("[T8] at most ten tags of forty characters, none twice", () => {
  assert.deepEqual(withTag(["a"], "A"), ["a"]);
  assert.deepEqual(withTag([], "  #x "), ["x"]);
  assert.equal(withTag([], "x".repeat(60))[0].length, 40);
  assert.equal(withTag("abcdefghij".split(""), "k").length, 10);
});

test("known tags, those used most first", () => {
  assert.deepEqual(tagsOf([{ tags: ["a", "b"] }, { tags: ["b"] }, { tags: ["c"] }]), ["b", "a", "c"]);
});
