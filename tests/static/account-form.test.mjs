import assert from "node:assert/strict";
import { test } from "node:test";
import { emailProblem, loginProblems, passwordProblem, serverProblems, signupProblems, usernameProblem } from "../../static/js/domain/account-form.js";

const texts = { "error.email_taken": "taken" };
const textOf = (key) => texts[key] ?? null;
const error = (more) => ({ code: "invalid", message: "no", errors: [], ...more });

test("what is right is not complained about", () => {
  assert.deepEqual(signupProblems({ email: "ada@example.org", username: "ada_l.1", password: "correct horse" }), {});
  assert.deepEqual(loginProblems({ email: "ada@localhost", password: "x" }), {});
});

test("each field has its own problem", () => {
  assert.equal(emailProblem("ada@"), "problem.email.form");
  assert.equal(usernameProblem("ad"), "problem.username.short");
  assert.equal(usernameProblem("ada lovelace"), "problem.username.form");
  assert.equal(usernameProblem("a".repeat(33)), "problem.username.long");
});

test("passwords are counted in characters, not in units", () => {
  assert.equal(passwordProblem("🦊".repeat(4)), "problem.password.short");
  assert.equal(passwordProblem("🦊".repeat(128)), null);
  assert.equal(passwordProblem("x".repeat(129)), "problem.password.long");
});

test("a refusal is shown at its field, by code or by the server's list, else for the whole form", () => {
  const fields = ["email", "username", "password"];
  assert.deepEqual(serverProblems(error({ code: "email_taken" }), fields, textOf), { email: "taken" });
  assert.deepEqual(serverProblems(error({ errors: [{ field: "body.username", message: "bad" }] }), fields, textOf), { username: "bad" });
  assert.deepEqual(serverProblems(error({ errors: [{ field: "timezone", message: "bad" }] }), fields, textOf), { "": "no" });
  assert.deepEqual(serverProblems(error({ code: "email_taken" }), ["name"], textOf), { "": "taken" });
});
