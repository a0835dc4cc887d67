// @ts-check
/**
 * What a file of time is, and how far it has been taken in.
 *
 * @typedef {"toggl"|"clockify"|"focushub"|"account"} Kind
 * @typedef {{import_id: number, done: number, total: number, created: number, skipped: number, refused: number, over: boolean}} Progress
 * @typedef {{kind: Kind, date_format: ""|"ymd"|"dmy"|"mdy", timezone: string, email: string}} Choices
 * @typedef {{
 *   import_id: number|null, dry_run: boolean, total: number, created: number, skipped: number, refused: number, seconds: number,
 *   projects_created: string[], errors: {line: number, message: string}[],
 *   preview: {line: number, started_at: string, ended_at: string, duration_seconds: number, description: string, tags: string[], project_name: string|null, timezone: string}[],
 * }} Report
 * @typedef {{
 *   id: number, format: string, state: "running"|"done"|"broken"|"undone", total: number, created: number, skipped: number,
 *   refused: number, seconds: number, started_at: string, ended_at: string|null,
 * }} Import
 */

/** @type {readonly Kind[]} */
export const KINDS = ["toggl", "clockify", "focushub", "account"];
export const MOST_BYTES = 64 * 1024 * 1024;

/** How much of a file's beginning says what it is. */
export const HEAD_BYTES = 4096;

/**
 * What a file is by how it begins; null if it is none that we know.
 * @param {string} head
 * @returns {Kind|null}
 */
export function kindOf(head) {
  const text = head.replace(/^\uFEFF/, "").trimStart();
  if (text.startsWith("[")) return "focushub";
  if (text.startsWith("{")) return /"format"\s*:\s*"focushub-account"/.test(text) ? "account" : null;
  const columns = new Set(text.split(/[\r\n]/, 1)[0].toLowerCase().split(/[,;\t]/).map((cell) => cell.replaceAll('"', "").trim()));
  if (columns.has("started_at") && columns.has("ended_at")) return "focushub";
  if (!columns.has("start date") || !columns.has("start time")) return null;
  return ["duration (h)", "duration (decimal)", "time (h)", "time (decimal)", "group"].some((name) => columns.has(name)) ? "clockify" : "toggl";
}

/** Why a file is not even looked into, as a key of the catalogue. @param {{size: number}} file */
export function fileProblem({ size }) {
  if (size === 0) return "import.file.empty";
  return size > MOST_BYTES ? "import.file.large" : null;
}

/** The type that the server is told. @param {Kind} kind @param {string} head */
export function mediaOf(kind, head) {
  return kind === "account" || (kind === "focushub" && head.replace(/^\uFEFF/, "").trimStart().startsWith("[")) ? "application/json" : "text/csv";
}

/** Where it is sent. @param {Choices} choices @param {boolean} dryRun @returns {{path: string, query: Record<string, string|undefined>}} */
export function importCall({ kind, date_format, timezone, email }, dryRun) {
  const dry_run = dryRun ? "true" : undefined;
  if (kind === "account") return { path: "/import/account", query: { dry_run } };
  if (kind === "focushub") return { path: "/import/time-entries", query: { format: kind, dry_run } };
  return { path: "/import/time-entries", query: { format: kind, dry_run, date_format: date_format || undefined, timezone: timezone || undefined, email: email.trim() || undefined } };
}

/** A later sign of the same import, or the first of another. @param {Progress|null} known @param {Progress} next @returns {Progress} */
export function further(known, next) {
  return known && known.import_id === next.import_id && known.done > next.done ? known : next;
}
