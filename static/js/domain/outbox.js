// @ts-check
/**
 * What the person did to their timer and the server has not yet answered. One command is under way at a time, in order;
 * a command that was sent keeps its id and its arguments for ever, so sending it again cannot do it twice.
 *
 * Made without a connection, commands carry the instant of the click. A start and a stop that were both made so
 * become one `entry:add` with both instants.
 *
 * @typedef {import("./types.js").Entry} Entry
 * @typedef {"timer:start"|"timer:stop"|"timer:update"|"timer:discard"|"entry:add"|"entry:edit"|"entry:delete"} Name
 * @typedef {{
 *   id: string, name: Name, payload: Record<string, any>, madeAt: number, sent: boolean,
 *   after: string|null, stops: number|null, offline: boolean,
 * }} Item  `after`: the start whose entry is meant; `stops`: the entry that this start ends; `offline`: made without a connection.
 * @typedef {{id: string, name: Name, payload: Record<string, any>, madeAt: number, code: string}} Refused
 * @typedef {{id: string, spare: string, name: Name, payload: Record<string, any>, madeAt: number, live: boolean, running: Entry|null}} Command
 * @typedef {{items: Item[], refused: Refused[]}} Outbox  `refused`: what was done offline and the server would not have; a person decides.
 */

import { asNew, draftOf, fieldsOf, idOfDraft, item, replace, withDelete, withEdit } from "./outbox-edits.js";

/** @returns {Outbox} */
export function newOutbox() {
  return { items: [], refused: [] };
}

/**
 * @param {Outbox} outbox
 * @param {Command} command
 *   `running`: what the server is known to run, without this outbox; `spare`: an id for the second command of a pair.
 * @returns {Outbox}
 */
export function push(outbox, command) {
  const { id, name, madeAt, live } = command;
  if (name === "entry:edit") return withEdit(outbox, command);
  if (name === "entry:delete") return withDelete(outbox, command);
  const open = openStart(outbox);
  const running = openEntryId(outbox, command.running);
  if (open && isOffline(open)) {
    if (name === "timer:update") return replace(outbox, { ...open, payload: { ...open.payload, ...fieldsOf(command.payload) } });
    const closed = close(outbox, open, command);
    if (name !== "timer:start") return closed;
    return { ...closed, items: [...closed.items, item(command, { started_at: stamp(command) }, null, null)] };
  }
  const after = open?.id ?? null;
  const target = open ? {} : running === null ? {} : { entry_id: running };
  const at = live ? {} : { at: iso(madeAt) };
  const times = name === "timer:start" ? rename(at, "started_at") : name === "timer:stop" ? rename(at, "ended_at") : {};
  const aim = name === "timer:start" || name === "entry:add" ? {} : target;
  const made = { id, name, payload: { ...times, ...aim, ...command.payload }, madeAt, sent: false, offline: !live };
  return { ...outbox, items: [...outbox.items, { ...made, after: name === "timer:start" ? null : after, stops: name === "timer:start" ? running : null }] };
}

/**
 * @param {Outbox} outbox
 * @returns {Item|null}
 */
export function headOf(outbox) {
  return outbox.items[0] ?? null;
}

/**
 * @param {Outbox} outbox
 * @param {string} id
 * @returns {Outbox}
 */
export function markSent(outbox, id) {
  return { ...outbox, items: outbox.items.map((each) => (each.id === id ? { ...each, sent: true } : each)) };
}

/**
 * Answered. Later commands that meant this start learn its entry, and those made upon this version learn the next.
 * @param {Outbox} outbox
 * @param {string} id
 * @param {Entry|null} entry
 * @returns {Outbox}
 */
export function settled(outbox, id, entry) {
  const items = outbox.items.filter((each) => each.id !== id);
  if (!entry) return { ...outbox, items };
  return {
    ...outbox,
    items: items.map((each) => {
      if (each.sent) return each;
      const payload = { ...each.payload };
      if (each.after === id) {
        payload.entry_id = entry.id;
        if (each.name === "timer:stop" && payload.ended_at < entry.started_at) delete payload.ended_at; // began later than it was clicked: ends when it arrives
      }
      if ("version" in payload && payload.entry_id === entry.id) payload.version = entry.version;
      return { ...each, payload, after: each.after === id ? null : each.after };
    }),
  };
}

/**
 * Refused for good: what was meant for it has lost its object. What was done offline is not lost: it is kept, with the code
 * of the refusal, until somebody decides. A start goes together with the stop that was meant for it.
 * @param {Outbox} outbox
 * @param {string} id
 * @param {string} [code]
 * @returns {Outbox}
 */
export function refused(outbox, id, code = "internal") {
  const items = outbox.items.filter((each) => each.id !== id && each.after !== id);
  const item = outbox.items.find((each) => each.id === id);
  const lost = item && keptOf(item, outbox.items.filter(({ after }) => after === id), code);
  return { items, refused: lost ? [...outbox.refused, lost] : outbox.refused };
}

/**
 * Once more, as a new command; perhaps with something changed that was in the way.
 * @param {Outbox} outbox
 * @param {string} id  of the refused one
 * @param {{id: string, changes?: Record<string, any>}} again
 * @returns {Outbox}
 */
export function retried(outbox, id, again) {
  const found = outbox.refused.find((each) => each.id === id);
  if (!found) return outbox;
  const { version: _, ...payload } = { ...found.payload, ...again.changes };
  const made = { id: again.id, name: found.name, payload, madeAt: found.madeAt, sent: false, after: null, stops: null, offline: true };
  return { ...dropped(outbox, id), items: [...outbox.items, made] };
}

/** @param {Outbox} outbox @param {string} id  of a refused one @returns {Outbox} */
export function dropped(outbox, id) {
  return { ...outbox, refused: outbox.refused.filter((each) => each.id !== id) };
}

/**
 * What to show while answers are out: the running entry and the entries that have ended, as if all had been done.
 * @param {Entry|null} running
 * @param {Outbox} outbox
 * @returns {{running: Entry|null, ended: Entry[], discarded: number[], edited: Record<number, Record<string, any>>}}
 */
export function overlay(running, outbox) {
  /** @type {ReturnType<typeof overlay>} */
  const shown = { running, ended: [], discarded: [], edited: {} };
  outbox.items.forEach((each) => {
    const at = iso(each.madeAt);
    const end = (/** @type {string} */ ended_at) => {
      if (shown.running) shown.ended.push({ ...shown.running, ended_at, pending: true });
    };
    const draftId = each.after === null ? null : draftOf(outbox, each.after);
    const id = each.payload.entry_id ?? draftId;
    if (each.name === "timer:start") {
      end(each.payload.started_at ?? at);
      shown.running = draft(each.payload, each.payload.started_at ?? at, null, idOfDraft(each));
    } else if (each.name === "timer:stop") {
      end(each.payload.ended_at ?? at);
      shown.running = null;
    } else if (each.name === "timer:discard") {
      if (shown.running) shown.discarded.push(shown.running.id);
      shown.running = null;
    } else if (each.name === "timer:update" && shown.running) {
      shown.running = { ...shown.running, ...fieldsOf(each.payload), pending: true };
    } else if (each.name === "entry:edit") {
      shown.edited[id] = { ...shown.edited[id], ...fieldsOf(each.payload), pending: true };
    } else if (each.name === "entry:delete") {
      shown.discarded.push(id);
    } else if (each.name === "entry:add") {
      shown.ended.push(draft(each.payload, each.payload.start_time, each.payload.end_time, idOfDraft(each)));
    }
  });
  shown.ended = shown.ended.filter(({ id }) => !shown.discarded.includes(id)).map((entry) => ({ ...entry, ...shown.edited[entry.id] }));
  return shown;
}

/** The start that is not yet answered and not yet ended by a later command. @param {Outbox} outbox @returns {Item|null} */
function openStart({ items }) {
  for (const each of [...items].reverse()) {
    if (each.name === "timer:start") return each;
    if (each.name === "timer:stop" || each.name === "timer:discard") return null;
  }
  return null;
}

/** The server's running entry, unless a waiting command ends it. @param {Outbox} outbox @param {Entry|null} running */
function openEntryId({ items }, running) {
  const ends = items.some(({ name }) => name === "timer:start" || name === "timer:stop" || name === "timer:discard");
  return running && !ends ? running.id : null;
}

/** @param {Item} start */
function isOffline(start) {
  return !start.sent && "started_at" in start.payload;
}

/**
 * A start that never left this page ends here: it becomes an entry with both instants, or nothing.
 * @param {Outbox} outbox
 * @param {Item} start
 * @param {{id: string, spare: string, name: Name, payload: Record<string, any>, madeAt: number}} command
 * @returns {Outbox}
 */
function close(outbox, start, command) {
  const items = outbox.items.filter((each) => each !== start);
  const base = { madeAt: start.madeAt, sent: false, after: null, stops: null, offline: true };
  if (start.stops !== null) {
    items.push({ ...base, id: start.id, name: "timer:stop", payload: { entry_id: start.stops, ended_at: start.payload.started_at } });
  }
  if (command.name !== "timer:discard") {
    const { started_at, ...rest } = start.payload;
    const end_time = command.name === "timer:start" ? stamp(command) : (command.payload.ended_at ?? stamp(command));
    items.push({ ...base, id: command.spare, name: "entry:add", payload: { ...rest, start_time: started_at, end_time, source: "timer" } });
  }
  return { ...outbox, items };
}

/**
 * What is kept of a refused command. A stop that came too late, and what was thrown away, need no decision.
 * @param {Item} item @param {Item[]} dependents @param {string} code
 * @returns {Refused|null}
 */
function keptOf({ id, name, payload, madeAt, offline }, dependents, code) {
  if (!offline || name === "timer:stop" || name === "timer:discard" || name === "entry:delete") return null;
  if (dependents.some((each) => each.name === "entry:delete")) return null;
  const edits = Object.assign({}, ...dependents.filter((each) => each.name === "entry:edit").map((each) => each.payload));
  if (name !== "timer:start") return { id, name, payload: name === "entry:add" ? { ...payload, ...asNew(edits) } : payload, madeAt, code };
  if (dependents.some((each) => each.name === "timer:discard")) return null;
  const changes = Object.assign({}, ...dependents.filter((each) => each.name === "timer:update").map((each) => fieldsOf(each.payload)));
  const stop = dependents.find((each) => each.name === "timer:stop");
  if (!stop) return { id, name, payload: { ...payload, ...changes }, madeAt, code };
  const { started_at, ...rest } = { ...payload, ...changes };
  const end_time = stop.payload.ended_at ?? iso(stop.madeAt);
  return { id, name: "entry:add", payload: { ...rest, start_time: started_at ?? iso(madeAt), end_time, source: "timer", ...asNew(edits) }, madeAt, code };
}

/** @param {{madeAt: number, payload: Record<string, any>}} command @returns {string} */
function stamp({ madeAt, payload }) {
  return payload.started_at ?? iso(madeAt);
}

/** @param {{at?: string}} at @param {string} name */
function rename({ at }, name) {
  return at ? { [name]: at } : {};
}

/** @param {number} ms */
function iso(ms) {
  return new Date(ms).toISOString();
}

/** @param {Record<string, any>} payload @param {string} started_at @param {string|null} ended_at @param {number} id @returns {Entry} */
function draft({ project_id = null, description = "", tags = [] }, started_at, ended_at, id) {
  const fixed = { user_id: 0, room_id: null, duration_seconds: null, claimed: false, doubtful_from: null, timezone: "UTC" };
  return { ...fixed, id, source: "timer", version: 0, pending: true, project_id, description, tags, started_at, ended_at };
}
