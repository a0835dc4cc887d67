// @ts-check
/**
 * What can be said about an account's fields before the server is asked. The server's word counts; this only helps early.
 * Results are keys of the catalogue, by field.
 *
 * @typedef {Record<string, string>} Problems
 */

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$|^[^\s@]+@localhost$/u;
const USERNAME = /^[a-zA-Z0-9_.-]{3,32}$/;

/**
 * @param {{email: string, username: string, password: string}} values
 * @returns {Problems}
 */
export function signupProblems({ email, username, password }) {
  return compact({ email: emailProblem(email), username: usernameProblem(username), password: passwordProblem(password) });
}

/** @param {{email: string, password: string}} values @returns {Problems} */
export function loginProblems({ email, password }) {
  return compact({ email: emailProblem(email), password: password ? null : "problem.password.empty" });
}

/** @param {{email: string}} values @returns {Problems} */
export function resetProblems({ email }) {
  return compact({ email: emailProblem(email) });
}

/** @param {{new_password: string}} values @returns {Problems} */
export function newPasswordProblems({ new_password }) {
  return compact({ new_password: passwordProblem(new_password) });
}

/** @param {string} email */
export function emailProblem(email) {
  if (!email.trim()) return "problem.email.empty";
  return EMAIL.test(email.trim()) ? null : "problem.email.form";
}

/** @param {string} username */
export function usernameProblem(username) {
  const name = username.trim();
  if (name.length < 3) return "problem.username.short";
  if (name.length > 32) return "problem.username.long";
  return USERNAME.test(name) ? null : "problem.username.form";
}

/** Characters are what a person counts, not UTF-16 units. @param {string} password */
export function passwordProblem(password) {
  const length = [...password].length;
  if (length < 8) return "problem.password.short";
  return length > 128 ? "problem.password.long" : null;
}

const FIELD_OF_CODE = { email_taken: "email", username_taken: "username", invalid_credentials: "password", invalid_code: "code" };

/**
 * The server's refusal, at its fields; what has no field is under "".
 * @param {{code: string, message: string, errors: {field: string, message: string}[]}} error
 * @param {string[]} fields  those that the form has
 * @param {(key: string) => string|null} textOf
 * @returns {Problems}
 */
export function serverProblems(error, fields, textOf) {
  const field = FIELD_OF_CODE[/** @type {keyof typeof FIELD_OF_CODE} */ (error.code)];
  const text = textOf(`error.${error.code}`) ?? error.message;
  if (field && fields.includes(field)) return { [field]: text };
  /** @type {Problems} */
  const problems = {};
  for (const { field: path, message } of error.errors) {
    const name = path.split(".").pop() ?? "";
    if (fields.includes(name) && !problems[name]) problems[name] = message;
  }
  return Object.keys(problems).length > 0 ? problems : { "": text };
}

/** @param {Record<string, string|null>} problems @returns {Problems} */
function compact(problems) {
  return /** @type {Problems} */ (Object.fromEntries(Object.entries(problems).filter(([, key]) => key)));
}
