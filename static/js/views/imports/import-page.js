// @ts-check
/** Moving in and out: a file in two steps, all entries as a file, a calendar for other programs. */
import { t } from "../../text/t.js";
import { HistoryTabs } from "../history/history-tabs.js";
import { html } from "../shared/html.js";
import { CalendarLink } from "./calendar-link.js";
import { ExportPanel } from "./export-panel.js";
import { ImportPanel } from "./import-panel.js";
import { PastImports } from "./past-imports.js";

export function ImportPage() {
  return html`<section class="page import-page">
    <header class="page-head"><h1 tabindex="-1">${t("import.title")}</h1><${HistoryTabs} /></header>
    <div class="import-columns">
      <div class="stack"><${ImportPanel} /><${PastImports} /></div>
      <div class="stack"><${ExportPanel} /><${CalendarLink} /></div>
    </div>
  </section>`;
}
