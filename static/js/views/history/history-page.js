// @ts-check
/** All one has recorded, day by day; what was deleted, while it can be restored. */
import { byDay, conditions, filterIn, historyAddress, matches, spanIn } from "../../domain/history.js";
import { overlay } from "../../domain/outbox.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html, useEffect, useMemo, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { AddDialog } from "./add-dialog.js";
import { Filters } from "./filters.js";
import { HistoryTabs } from "./history-tabs.js";
import { HistoryList } from "./history-list.js";
import { SelectionBar } from "./selection-bar.js";
import { SplitDialog } from "./split-dialog.js";
import { Totals } from "./totals.js";
import { Menu } from "../shared/menu.js";

/** @typedef {import("../../domain/types.js").Entry} Entry */

export function HistoryPage() {
  const { state, actions, now } = useApp();
  const filter = useMemo(() => filterIn(state.route.search), [state.route.search]);
  const today = state.day?.date ?? new Date(now()).toISOString().slice(0, 10);
  const [adding, setAdding] = useState(false);
  const [splitting, setSplitting] = useState(/** @type {Entry|null} */ (null));
  useEffect(() => actions.history.open(filter), [filter, today]);
  useEffect(() => () => actions.history.close(), []);
  const history = state.history?.filter === filter ? state.history : null;
  const { edited, discarded } = useMemo(() => overlay(null, state.outbox), [state.outbox]); // without a connection, and not yet saved
  const entries = useMemo(() => entriesOf(history, filter, edited, discarded), [history?.timer.entries, filter, edited, discarded]);
  const days = useMemo(() => (history ? byDay(entries, history.span) : []), [entries, history?.span]);
  const choosing = useChoosing(entries);
  return html`<section class="page history-page">
    <header class="page-head"><h1 tabindex="-1">${t(filter.deleted ? "past.deleted.title" : "past.title")}</h1><${HistoryTabs} /></header>
    <${Filters} filter=${filter} today=${today} />
    ${filter.deleted && html`<p class="note">${t("past.deleted.text")}</p>`}
    <div class="history-bar">
      ${!filter.deleted && html`<${Totals} history=${history} />`}
      <div class="head-actions">
        ${!filter.deleted && html`<button type="button" onClick=${() => setAdding(true)}><${Icon} name="plus" />${t("past.add")}</button>`}
        <button type="button" aria-pressed=${String(choosing.selecting)} disabled=${entries.length === 0} onClick=${choosing.turn}><${Icon} name="check" />${t(choosing.selecting ? "past.select.end" : "past.select")}</button>
        ${filter.deleted
          ? html`<a class="button" href=${historyAddress({ ...filter, deleted: false })}>${t("past.deleted.back")}</a>`
          : html`<${ExportMenu} filter=${filter} today=${today} />`}
      </div>
    </div>
    <${HistoryList} history=${history} filter=${filter} entries=${entries} days=${days} today=${today} choosing=${choosing} onSplit=${setSplitting} />
    ${choosing.selecting && html`<${SelectionBar} entries=${entries.filter(({ id }) => choosing.ids.has(id))} deleted=${filter.deleted} onDone=${choosing.turn} />`}
    ${adding && html`<${AddDialog} onClose=${() => setAdding(false)} />`}
    ${splitting && html`<${SplitDialog} entry=${splitting} onClose=${() => setSplitting(null)} />`}
  </section>`;
}

/** While another choice is on its way, what of the last one fits. @param {import("../../actions/history.js").History|null} history @param {import("../../domain/history.js").Filter} filter @param {Record<number, Partial<Entry>>} edited @param {number[]} discarded @returns {Entry[]} */
function entriesOf(history, filter, edited, discarded) {
  const known = Object.values(history?.timer.entries ?? {}).filter(({ id }) => !discarded.includes(id)).map((entry) => (edited[entry.id] ? { ...entry, ...edited[entry.id] } : entry));
  const all = known.filter((entry) => entry.ended_at !== null && matches(entry, filter));
  return all.sort((a, b) => Date.parse(b.started_at) - Date.parse(a.started_at) || b.id - a.id);
}

/** @param {Entry[]} entries  what was chosen and is gone, is not chosen any more */
function useChoosing(entries) {
  const [selecting, setSelecting] = useState(false);
  const [chosen, setChosen] = useState(/** @type {Set<number>} */ (new Set()));
  const there = useMemo(() => new Set(entries.map(({ id }) => id)), [entries]);
  return {
    selecting,
    ids: new Set([...chosen].filter((id) => there.has(id))),
    /** @param {number[]} ids @param {boolean} on */
    toggle(ids, on) {
      setChosen((/** @type {Set<number>} */ before) => new Set(on ? [...before, ...ids] : [...before].filter((id) => !ids.includes(id))));
    },
    turn() {
      setSelecting(!selecting);
      setChosen(new Set());
    },
  };
}

/** @param {{filter: import("../../domain/history.js").Filter, today: string}} props */
function ExportMenu({ filter, today }) {
  const { actions } = useApp();
  const attempt = useAttempt();
  const save = (/** @type {"csv"|"json"} */ format) =>
    void attempt.run(async () => {
      const { from, to } = spanIn(filter, today);
      await actions.transfer.save(format, { ...conditions(filter), from: from ?? undefined, to: to ?? undefined });
      actions.notices.toast(t("past.export.begun"));
    });
  const items = [
    { key: "csv", label: t("past.export.csv"), run: () => save("csv") },
    { key: "json", label: t("past.export.json"), run: () => save("json") },
  ];
  return html`<${Menu} label=${t("past.export")} text=${t("past.export")} icon="download" items=${items} disabled=${attempt.busy} />`;
}
