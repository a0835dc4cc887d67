// @ts-check
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html, useState } from "../shared/html.js";
import { ProgressTabs } from "../earned/progress-tabs.js";
import { Segments } from "../shared/segments.js";
import { TimelineList } from "./timeline-list.js";

/** What happened to oneself, and to those one follows. */
export function TimelinePage() {
  const { state } = useApp();
  const [of, setOf] = useState("all");
  const path = of === "all" ? "/timeline" : `/users/${state.session.user?.id}/timeline`;
  const empty = html`<div class="empty"><p><b>${t("timeline.empty.title")}</b></p><p>${t("timeline.empty.text")}</p><p><a class="button" href="/board">${t("timeline.empty.go")}</a></p></div>`;
  return html`<section class="page narrow-page">
    <header class="page-head"><h1 tabindex="-1">${t("timeline.title")}</h1><${ProgressTabs} /></header>
    <${Segments} label=${t("timeline.of")} value=${of} onChange=${setOf} options=${[{ value: "all", label: t("timeline.of.all") }, { value: "own", label: t("timeline.of.own") }]} />
    <${TimelineList} key=${path} path=${path} named=${of === "all"} empty=${empty} />
  </section>`;
}
