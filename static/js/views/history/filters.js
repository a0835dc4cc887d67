// @ts-check
/** Which entries are looked at. The choice is the address, so it can be kept, shared between one's devices, and gone back from. */
import { conditionsOf, EVERYTHING, historyAddress, projectIn, SOURCES, spanIn } from "../../domain/history.js";
import { PRESETS } from "../../domain/periods.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Field, Select } from "../shared/field.js";
import { html, useEffect, useRef, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { useLoaded } from "../shared/loaded.js";

const TYPING_MS = 350;

/** @typedef {import("../../domain/history.js").Filter} Filter */

/** @param {{filter: Filter, today: string}} props */
export function Filters({ filter, today }) {
  const { go } = useApp();
  const [open, setOpen] = useState(false);
  const ask = (/** @type {Partial<Filter>} */ change) => go(historyAddress({ ...filter, ...change }));
  const count = conditionsOf({ ...filter, q: "" });
  return html`<form class="filters" role="search" aria-label=${t("past.filters")} onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <${Search} filter=${filter} />
    <button type="button" class="filters-open" aria-expanded=${String(open)} aria-controls="history-filters" onClick=${() => setOpen(!open)}>
      <${Icon} name="filter" />${count > 0 ? t("past.filters.more", { count }) : t("past.filters")}</button>
    <div id="history-filters" class=${open ? "filter-fields is-open" : "filter-fields"}>
      <${Range} filter=${filter} today=${today} ask=${ask} />
      <${Select} id="history-project" label=${t("field.project")} value=${filter.project_id ?? ""} onChange=${(/** @type {string} */ id) => ask({ project_id: projectIn(id) })}
        options=${[{ value: "", label: t("past.project.all") }, ...useProjects(filter.project_id)]} />
      <${Select} id="history-tag" label=${t("past.tag")} value=${filter.tag} onChange=${(/** @type {string} */ tag) => ask({ tag })}
        options=${[{ value: "", label: t("past.tag.all") }, ...useTags(filter.tag)]} />
      <${Select} id="history-source" label=${t("past.source")} value=${filter.source} onChange=${(/** @type {any} */ source) => ask({ source })}
        options=${[{ value: "", label: t("past.source.all") }, ...SOURCES.map((value) => ({ value, label: t(`past.source.${value}`) }))]} />
      ${conditionsOf(filter) > 0 && html`<button type="button" class="text-button" onClick=${() => go(historyAddress({ ...EVERYTHING, deleted: filter.deleted }))}>${t("past.filters.clear")}</button>`}
    </div>
  </form>`;
}

/** What is typed is asked for a moment later, in the same place of the browser's history. @param {{filter: Filter}} props */
function Search({ filter }) {
  const { go } = useApp();
  const [text, setText] = useState(filter.q);
  const timer = useRef(/** @type {ReturnType<typeof setTimeout>|undefined} */ (undefined));
  const latest = useRef(filter);
  latest.current = filter;
  useEffect(() => setText(filter.q), [filter.q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const onInput = (/** @type {any} */ event) => {
    const q = event.currentTarget.value;
    setText(q);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => go(historyAddress({ ...latest.current, q: q.trim() }), { replace: true }), TYPING_MS);
  };
  return html`<div class="search">
    <${Icon} name="search" />
    <input type="search" aria-label=${t("past.search")} placeholder=${t("past.search")} value=${text} maxlength="200" autocomplete="off" enterkeyhint="search" onInput=${onInput} />
  </div>`;
}

/** @param {{filter: Filter, today: string, ask: (change: Partial<Filter>) => void}} props */
function Range({ filter, today, ask }) {
  const choose = (/** @type {any} */ range) => {
    const { from, to } = spanIn(filter, today);
    ask(range === "custom" ? { range, from: from ?? today, to: to ?? today } : { range });
  };
  const options = ["all", ...PRESETS, "custom"].map((value) => ({ value, label: t(`past.range.${value}`) }));
  return html`<${Select} id="history-range" label=${t("past.range")} value=${filter.range} onChange=${choose} options=${options} />
    ${filter.range === "custom" &&
    html`<div class="filter-dates">
      <${Field} id="history-from" type="date" label=${t("past.from")} value=${filter.from} max=${filter.to || undefined} onInput=${(/** @type {string} */ from) => ask({ from })} />
      <${Field} id="history-to" type="date" label=${t("past.to")} value=${filter.to} min=${filter.from || undefined} onInput=${(/** @type {string} */ to) => ask({ to })} />
    </div>`}`;
}

/** None, all of one's projects, those in the archive as well; and what the address names. @param {number|"none"|null} chosen */
export function useProjects(chosen) {
  const { projects } = useApp().state;
  const all = [{ value: "none", label: t("field.project.none") }, ...(projects ?? []).map(({ id, name }) => ({ value: String(id), label: name }))];
  return chosen === null || all.some(({ value }) => value === String(chosen)) ? all : [...all, { value: String(chosen), label: t("entry.otherProject") }];
}

/** @param {string} chosen */
export function useTags(chosen) {
  const { actions } = useApp();
  const { value } = useLoaded(actions.history.tags);
  const tags = [...(value ?? [])].sort((a, b) => a.localeCompare(b));
  return (chosen && !tags.includes(chosen) ? [chosen, ...tags] : tags).map((tag) => ({ value: tag, label: `#${tag}` }));
}
