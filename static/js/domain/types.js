// @ts-check
/**
 * The shapes that the server sends, named once. Instants are RFC 3339 strings in UTC; `*_seconds` are whole seconds.
 *
 * @typedef {{
 *   id: number, user_id: number, project_id: number|null, room_id: number|null,
 *   description: string, tags: string[], started_at: string, ended_at: string|null,
 *   duration_seconds: number|null, source: "timer"|"manual"|"room"|"import", claimed: boolean,
 *   doubtful_from: string|null, timezone: string, day_starts_at?: number, version: number, deleted_at?: string,
 *   user?: {id: number, username: string}, pending?: boolean,
 * }} Entry
 *
 * @typedef {"owner"|"admin"|"contributor"|"viewer"} Role
 * @typedef {{user_id: number, username: string, role: Role, avatar_url?: string|null}} Member
 * @typedef {{
 *   id: number, name: string, description: string|null, color: string|null,
 *   visibility: "private"|"public", owner_id: number, role: Role|null,
 *   archived_at: string|null, created_at: string, members: Member[],
 * }} Project
 *
 * @typedef {{leaderboards: boolean, profile: "public"|"members"|"private", show_activity: boolean, hide_descriptions: boolean}} Privacy
 * @typedef {{
 *   id: number, username: string, email: string, email_verified: boolean, name: string|null, timezone: string,
 *   day_starts_at: number, avatar_url: string|null, role: string, privacy: Privacy, created_at: string,
 *   has_password?: boolean, language?: "en"|"de"|null, daily_goal_seconds?: number|null, pomodoro?: import("./pomodoro.js").Rhythm|null,
 * }} User
 *
 * @typedef {{id: number, user_agent: string|null, address: string|null, created_at: string, last_seen_at: string, current: boolean}} Login
 * @typedef {"work"|"short_break"|"long_break"} Phase
 * @typedef {{
 *   work_s: number, short_break_s: number, long_break_s: number, cycles: number,
 *   auto_start_breaks: boolean, auto_start_work: boolean, capacity: number, chat: "always"|"breaks"|"off",
 * }} RoomSettings
 * @typedef {{
 *   state: "idle"|"running"|"paused", phase: Phase|null, cycle: number,
 *   started_at: string|null, ends_at: string|null, remaining_s: number|null,
 * }} RoomTimer
 * @typedef {"done"|"partly"|"not"} Outcome
 * @typedef {"active"|"focusing"|"break"|"away"} Status
 * @typedef {{
 *   user_id: number, username: string, avatar_url?: string|null, role: "host"|"cohost"|"member", status: Status|null,
 *   intention: string|null, outcome: Outcome|null, joined_at: string,
 * }} RoomMember
 * @typedef {{id: number, user: {id: number, username: string}, text: string, at: string}} RoomMessage
 * @typedef {{
 *   id: number, slug: string, name: string, version: number, owner_id: number, host_id: number, member_count: number,
 *   visibility: "public"|"link"|"project", project_id: number|null, settings: RoomSettings, timer: RoomTimer,
 *   round: number, created_at: string,
 * }} Room
 * @typedef {{
 *   round: number, started_at: string, ended_at: string|null, work_seconds: number,
 *   phases: {phase: Phase, cycle: number, started_at: string, ended_at: string, seconds: number}[],
 *   members: {user_id: number, username: string, avatar_url?: string|null, intention: string|null, outcome: Outcome|null, credited_seconds: number|null}[],
 * }} Round
 * @typedef {{date: string, from: number, to: number}} Day  A date, and its bounds [from, to) in ms since the epoch.
 */
export {};
