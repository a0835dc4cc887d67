// @ts-check
// Shows /asyncapi.json: which events there are, who sends them, what they carry, what is answered.

/** @typedef {Record<string, any>} Schema */

const SCHEMAS = "#/components/schemas/";

/**
 * An element with its children; texts become text, never markup.
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** @param {string} text */
const code = (text) => element("code", {}, text);

/** @param {string} name */
const anchor = (name) => name.replace(/[^a-z0-9]+/gi, "-");

/** @param {string} reference */
const nameOf = (reference) => reference.slice(SCHEMAS.length);

/**
 * What a field holds, with links to the shapes it names.
 * @param {Schema} schema
 * @returns {(Node | string)[]}
 */
function typeOf(schema) {
  if (schema.$ref) return [element("a", { href: `#shape-${nameOf(schema.$ref)}` }, nameOf(schema.$ref))];
  if (schema.anyOf) return schema.anyOf.flatMap((/** @type {Schema} */ each, /** @type {number} */ n) => (n ? [" or ", ...typeOf(each)] : typeOf(each)));
  if (schema.enum) return schema.enum.flatMap((/** @type {unknown} */ each, /** @type {number} */ n) => (n ? [", ", code(JSON.stringify(each))] : [code(JSON.stringify(each))]));
  if ("const" in schema) return [code(JSON.stringify(schema.const))];
  if (schema.type === "array") return ["list of ", ...typeOf(schema.items ?? {})];
  if (Array.isArray(schema.type)) return [schema.type.join(" or ")];
  return [schema.format === "uuid" ? "UUID" : schema.format === "date-time" ? "instant" : (schema.type ?? "anything")];
}

/**
 * The limits and the meaning of a field, in words.
 * @param {Schema} schema
 * @returns {string}
 */
function notesOf(schema) {
  const some = schema.anyOf?.find((/** @type {Schema} */ each) => each.type !== "null") ?? {};
  const all = { ...some, ...schema };
  const notes = [
    all.description,
    between(all.minLength, all.maxLength, "characters"),
    between(all.minItems, all.maxItems, "items"),
    all.maximum === Number.MAX_SAFE_INTEGER ? `at least ${all.minimum}` : between(all.minimum, all.maximum, ""),
    "default" in schema && schema.default !== null ? `default ${JSON.stringify(schema.default)}` : "",
  ];
  return notes.filter(Boolean).join("; ");
}

/**
 * @param {number | undefined} least
 * @param {number | undefined} most
 * @param {string} what
 */
function between(least, most, what) {
  if (least === undefined && most === undefined) return "";
  const range = most === undefined ? `at least ${least}` : least === undefined ? `at most ${most}` : `${least} to ${most}`;
  return `${range} ${what}`.trim();
}

/**
 * The fields of a shape as a table, or a sentence where there are none.
 * @param {Schema} schema
 * @param {string} caption what the fields are of, for those who hear the page
 */
function fieldsOf(schema, caption) {
  const fields = Object.entries(schema.properties ?? {});
  if (!fields.length) return element("p", { class: "quiet" }, "No fields.");
  const required = new Set(schema.required ?? []);
  const rows = fields.map(([name, field]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, code(name)),
      element("td", {}, ...typeOf(field)),
      element("td", {}, required.has(name) ? "always" : "optional"),
      element("td", { class: "quiet" }, notesOf(field)),
    ),
  );
  const heads = ["Field", "Type", "Given", "Notes"].map((text) => element("th", { scope: "col" }, text));
  return element("table", { "aria-label": caption }, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
}

/**
 * What a shape says of itself, without the names of events before it; empty when it says nothing.
 * @param {Schema} schema
 * @returns {Node[]}
 */
function sentenceOf(schema) {
  const said = (schema.description ?? "").replace(/^(?:[a-z]+:[a-z]+(?:, )?)+[:.]\s*/, "");
  if (!said) return [];
  const parts = `${said[0].toUpperCase()}${said.slice(1)}`.split("`");
  return [element("p", {}, ...parts.map((part, n) => (n % 2 ? code(part) : part)))];
}

/**
 * @param {Schema} schema
 * @param {Record<string, Schema>} shapes
 */
const resolved = (schema, shapes) => (schema.$ref ? shapes[nameOf(schema.$ref)] : schema);

/**
 * One event: its name, what it says, what it carries, what is answered.
 * @param {Schema} message
 * @param {Record<string, Schema>} shapes
 */
function eventOf(message, shapes) {
  const enveloped = message.payload.properties?.seq && message.payload.properties?.data;
  const shape = resolved(enveloped || message.payload, shapes);
  const parts = [
    element("h3", { id: anchor(message.name) }, message.name),
    ...sentenceOf(shape),
    element("h4", {}, enveloped ? "Data, in the envelope of its channel" : "Payload"),
    fieldsOf(shape, `Payload of ${message.name}`),
  ];
  const answer = message["x-ack-data"];
  if (answer) {
    parts.push(element("h4", {}, "Data of the ack: ", ...typeOf(answer)), fieldsOf(resolved(answer, shapes), `Ack of ${message.name}`));
  }
  return element("section", { "aria-labelledby": anchor(message.name) }, ...parts);
}

/** @param {Schema} document_ the AsyncAPI document */
function pageOf(document_) {
  const shapes = document_.components.schemas;
  const messages = document_.channels.socket.messages;
  /** @param {string} action */
  const namesOf = (action) =>
    Object.values(document_.operations)
      .filter((operation) => operation.action === action)
      .map((operation) => operation.messages[0].$ref.split("/").at(-1));
  const groups = [
    { title: "What you send", names: namesOf("receive") },
    { title: "What the server sends", names: namesOf("send") },
  ];
  const made = document.createDocumentFragment();
  for (const { title, names } of groups) {
    const links = names.map((name) => element("li", {}, element("a", { href: `#${anchor(name)}` }, code(name))));
    made.append(element("h2", {}, title), element("ul", {}, ...links), ...names.map((name) => eventOf(messages[name], shapes)));
  }
  made.append(element("h2", {}, "Shapes"), element("p", {}, "What the fields above link to."));
  for (const [name, shape] of Object.entries(shapes)) {
    const heading = element("h3", { id: `shape-${name}` }, name);
    made.append(element("section", { "aria-labelledby": `shape-${name}` }, heading, ...sentenceOf(shape), fieldsOf(shape, name)));
  }
  return made;
}

const place = /** @type {HTMLElement} */ (document.getElementById("events"));
try {
  const response = await fetch("/asyncapi.json");
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  place.replaceChildren(pageOf(await response.json()));
  place.removeAttribute("aria-live");
  // The browser looked for the fragment before there was anything to find.
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
} catch (error) {
  place.replaceChildren(element("p", { role: "alert" }, `The document could not be loaded. ${error instanceof Error ? error.message : ""}`));
}
