// @ts-check
/**
 * What a person is asked about something that was done offline and then refused.
 *
 * @typedef {import("./outbox.js").Refused} Refused
 * @typedef {{why: string, answers: ("again"|"without"|"drop")[]}} Question  `why`: a key of the catalogue
 */

const WHY = new Set(["overlaps_running", "version_conflict", "not_found", "invalid"]);
const AGAIN = new Set(["overlaps_running", "version_conflict", "internal"]);

/** @param {Refused} refused @returns {Question} */
export function questionOf({ name, payload, code }) {
  const isNew = name !== "entry:edit" && name !== "timer:update";
  const byProject = payload.project_id != null && (code === "forbidden" || (code === "not_found" && isNew));
  if (byProject) return { why: "refused.why.project", answers: ["without", "again", "drop"] };
  return { why: `refused.why.${WHY.has(code) ? code : "other"}`, answers: AGAIN.has(code) ? ["again", "drop"] : ["drop"] };
}

/** When it was: from and until, of what is known. @param {Refused} refused @returns {{from: string|null, to: string|null}} */
export function timesOf({ payload }) {
  return { from: payload.start_time ?? payload.started_at ?? null, to: payload.end_time ?? payload.ended_at ?? null };
}
