// @ts-check
/** Passwords that are asked for once more. */
import { ApiError, asApiError } from "../../net/api-error.js";
import { t } from "../../text/t.js";

/**
 * Runs it; a wrong password is then a problem of its field, and not of signing in.
 * @template T
 * @param {Promise<T>} task
 * @param {string} field
 * @returns {Promise<T>}
 */
export function withPassword(task, field = "password") {
  return task.catch((/** @type {unknown} */ caught) => {
    const error = asApiError(caught);
    if (error.code !== "invalid_credentials") throw error;
    throw new ApiError({ code: "invalid", errors: [{ field, message: t("problem.password.wrong") }] });
  });
}

/** A server of before did not say. @param {import("../../domain/types.js").User|null} user */
export function hasPassword(user) {
  return user?.has_password !== false;
}

/** @param {{password: string}} values @returns {Record<string, string>} */
export function passwordGiven({ password }) {
  return password ? {} : /** @type {Record<string, string>} */ ({ password: "problem.password.empty" });
}
