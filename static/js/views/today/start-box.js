// @ts-check
/** The box where one says what one begins: `@` completes a project, `#` a tag, words complete what one did before; Enter starts. */
import { colorOf } from "../../domain/format.js";
import { trackable } from "../../domain/projects.js";
import { cut, markAt, matchProjects, matchTags, MAX_DESCRIPTION, tagsOf, withTag } from "../../domain/start-input.js";
import { matchRecent, recentKinds } from "../../domain/recent.js";
import { START_BOX } from "../../page/keys.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html, useLayoutEffect, useMemo, useRef, useState } from "../shared/html.js";
import { Dot } from "../shared/icon.js";
import { Listbox, useListbox } from "../shared/listbox.js";
import { DraftChips } from "./draft-chips.js";

/** @typedef {import("../../domain/types.js").Project} Project @typedef {import("../../domain/types.js").Entry} Entry @typedef {Project|Entry|string} Choice */

/** @param {{running: boolean}} props */
export function StartBox({ running }) {
  const { state, actions } = useApp();
  const { draft, projects, recent, timer } = state;
  const input = useRef(/** @type {HTMLInputElement|null} */ (null));
  const caretToBe = useRef(/** @type {number|null} */ (null));
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  useLayoutEffect(() => {
    if (caretToBe.current === null) return;
    input.current?.setSelectionRange(caretToBe.current, caretToBe.current);
    caretToBe.current = null;
  });

  const mark = open ? markAt(draft.text, caret) : null;
  const known = useMemo(() => [...Object.values(timer.entries), ...recent], [timer.entries, recent]);
  const before = useMemo(() => recentKinds(known, [], 200).filter(({ description }) => description), [known]);
  /** @type {Choice[]} */
  const choices = mark ? choicesFor(mark, draft, trackable(projects), tagsOf(known)) : open ? matchRecent(before, draft.text) : [];
  const list = useListbox({ id: START_BOX, items: choices, open, optional: mark === null, onTake: take, onClose: () => setOpen(false) });

  /** @param {string} text @param {number} at @param {Partial<import("../../store.js").Draft>} [changes] */
  function write(text, at, changes = {}) {
    actions.timer.setDraft({ ...draft, text, ...changes });
    setCaret(at);
  }

  /** @param {Choice} choice */
  function take(choice) {
    if (typeof choice !== "string" && "started_at" in choice) return again(choice);
    const at = markAt(draft.text, caret);
    if (!at) return;
    const rest = cut(draft.text, at);
    caretToBe.current = rest.caret;
    if (typeof choice === "string") write(rest.text, rest.caret, { tags: withTag(draft.tags, choice) });
    else write(rest.text, rest.caret, { project_id: choice.id });
  }

  /** The same once more, to be started by the next Enter. @param {Entry} entry */
  function again({ description, project_id, tags }) {
    caretToBe.current = description.length;
    setOpen(false);
    write(description, description.length, { project_id: trackable(projects).some(({ id }) => id === project_id) ? project_id : null, tags });
  }

  /** @param {string} sign  For fingers, to which `@` and `#` are far away. */
  function begin(sign) {
    const text = draft.text && !/\s$/.test(draft.text) ? `${draft.text} ${sign}` : draft.text + sign;
    caretToBe.current = text.length;
    setOpen(true);
    write(text, text.length);
    input.current?.focus();
  }

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    if (list.onKeyDown(event) || event.isComposing) return;
    if (event.key === " " && mark?.kind === "tag" && mark.query) {
      event.preventDefault();
      take(mark.query);
    } else if (event.key === "Backspace" && draft.text === "") {
      if (draft.tags.length > 0) actions.timer.setDraft({ ...draft, tags: draft.tags.slice(0, -1) });
      else if (draft.project_id !== null) actions.timer.setDraft({ ...draft, project_id: null });
    } else if (event.key === "Escape") input.current?.blur();
  }

  /** @param {Event} event */
  function onSubmit(event) {
    event.preventDefault();
    actions.timer.startDraft();
  }

  const onInput = (/** @type {any} */ { currentTarget }) => {
    setOpen(true);
    write(currentTarget.value, currentTarget.selectionStart ?? currentTarget.value.length);
  };
  const onMove = () => setCaret(input.current?.selectionStart ?? 0);
  return html`<form class="start" onSubmit=${onSubmit}>
    <label class="sr-only" for=${START_BOX}>${t("start.label")}</label>
    <div class="start-line">
      <input id=${START_BOX} ref=${input} type="text" value=${draft.text} placeholder=${t(running ? "start.next" : "start.placeholder")}
        maxlength=${MAX_DESCRIPTION} enterkeyhint="go" ...${list.input} onInput=${onInput} onKeyDown=${onKeyDown} onKeyUp=${onMove}
        onClick=${onMove} onBlur=${() => setOpen(false)} />
      <button type="submit" class=${running ? "" : "primary"}>${t(running ? "start.switch" : "start.go")}</button>
      <${Listbox} id=${START_BOX} label=${t(mark ? (mark.kind === "tag" ? "start.tags" : "start.projects") : "start.recent")} items=${choices} active=${list.active}
        shown=${list.shown} onTake=${take} draw=${(/** @type {Choice} */ choice) => html`<${ChoiceText} choice=${choice} />`} />
    </div>
    <${DraftChips} draft=${draft} onBegin=${begin} />
  </form>`;
}

/** @param {{choice: Choice}} props */
function ChoiceText({ choice }) {
  const { projects } = useApp().state;
  if (typeof choice === "string") return html`<span class="tag">#${choice}</span>`;
  if ("name" in choice) return html`<${Dot} color=${colorOf(choice.color)} /><span>${choice.name}</span>`;
  const project = projects?.find(({ id }) => id === choice.project_id);
  return html`<${Dot} color=${colorOf(project?.color)} /><span>${choice.description}</span>${project && html`<span class="quiet">${project.name}</span>`}`;
}

/**
 * @param {import("../../domain/start-input.js").Mark} mark @param {import("../../store.js").Draft} draft
 * @param {Project[]} projects @param {string[]} tags @returns {Choice[]}
 */
function choicesFor(mark, draft, projects, tags) {
  if (mark.kind === "project") return matchProjects(projects, mark.query);
  const known = matchTags(tags, mark.query, draft.tags);
  const isNew = mark.query !== "" && !known.some((tag) => tag.toLowerCase() === mark.query.toLowerCase());
  return isNew ? [...known, mark.query] : known;
}
