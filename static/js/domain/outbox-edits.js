// @ts-check
/**
 * What is done to entries that wait to be saved: changed where they wait, or, once they are on their way, by a command that
 * follows and learns which entry it is for.
 *
 * @typedef {import("./outbox.js").Outbox} Outbox @typedef {import("./outbox.js").Item} Item
 * @typedef {import("./outbox.js").Name} Name @typedef {import("./outbox.js").Command} Command
 */

/** The entry that a waiting command will make is known by its instant until it has an id. @param {Item} item */
export function idOfDraft({ madeAt }) {
  return -madeAt;
}

/** @param {Outbox} outbox @param {string} itemId */
export function draftOf({ items }, itemId) {
  const found = items.find(({ id }) => id === itemId);
  return found ? idOfDraft(found) : null;
}

/** What makes the entry that is shown under this id, if it is not saved yet. @param {Outbox} outbox @param {number} entryId */
export function makerOf({ items }, entryId) {
  return items.find((each) => (each.name === "timer:start" || each.name === "entry:add") && idOfDraft(each) === entryId) ?? null;
}

/**
 * An edit of what has not left this page changes that; else it follows, and learns which entry it is for.
 * @param {Outbox} outbox
 * @param {Command} command
 * @returns {Outbox}
 */
export function withEdit(outbox, command) {
  const { entry_id, ...changes } = command.payload;
  const maker = makerOf(outbox, entry_id);
  if (maker?.name === "entry:add" && !maker.sent) return replace(outbox, { ...maker, payload: { ...maker.payload, ...asNew(changes) } });
  const before = outbox.items.find((each) => each.name === "entry:edit" && !each.sent && each.payload.entry_id === entry_id);
  if (before) return replace(outbox, { ...before, payload: { ...before.payload, ...fieldsOf(changes) } });
  if (entry_id > 0) return { ...outbox, items: [...outbox.items, item(command, {}, null, null)] };
  if (!maker) return outbox;
  return { ...outbox, items: [...outbox.items, item({ ...command, payload: fieldsOf(changes) }, {}, maker.id, null)] };
}

/** @param {Outbox} outbox @param {Command} command @returns {Outbox} */
export function withDelete(outbox, command) {
  const { entry_id } = command.payload;
  const maker = makerOf(outbox, entry_id);
  if (maker?.name === "entry:add" && !maker.sent) return { ...outbox, items: outbox.items.filter((each) => each !== maker) };
  if (entry_id > 0) return { ...outbox, items: [...outbox.items, item(command, {}, null, null)] };
  return maker ? { ...outbox, items: [...outbox.items, item({ ...command, payload: {} }, {}, maker.id, null)] } : outbox;
}

/** A deletion that has not left this page is taken back. @param {Outbox} outbox @param {string} id  of its command @param {Item|null} made  the entry's own, that it took away @returns {Outbox} */
export function undeleted(outbox, id, made) {
  const items = outbox.items.filter((each) => each.id !== id || each.sent);
  return { ...outbox, items: made && !items.some((each) => each.id === made.id) ? [...items, made] : items };
}

/** The changes of an entry as a new one has them. @param {Record<string, any>} changes */
export function asNew({ started_at, ended_at, version: _, ...rest }) {
  return { ...rest, ...(started_at ? { start_time: started_at } : {}), ...(ended_at ? { end_time: ended_at } : {}) };
}

/** @param {Outbox} outbox @param {Item} changed @returns {Outbox} */
export function replace(outbox, changed) {
  return { ...outbox, items: outbox.items.map((each) => (each.id === changed.id ? changed : each)) };
}

/** @param {{id: string, name: Name, payload: Record<string, any>, madeAt: number, live: boolean}} command @param {Record<string, any>} times @param {string|null} after @param {number|null} stops @returns {Item} */
export function item({ id, name, payload, madeAt, live }, times, after, stops) {
  return { id, name, payload: { ...times, ...payload }, madeAt, sent: false, after, stops, offline: !live };
}

/** @param {Record<string, any>} payload */
export function fieldsOf(payload) {
  const { entry_id: _, version: __, ...fields } = payload;
  return fields;
}
