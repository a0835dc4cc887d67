// @ts-check
/** What was done offline and the server would not have: nothing is thrown away before somebody has said so. */
import { knownZone } from "../domain/days.js";
import { dateTimeText, timeText } from "../domain/format.js";
import { questionOf, timesOf } from "../domain/refusals.js";
import { t } from "../text/t.js";
import { useApp } from "./shared/app-context.js";
import { html } from "./shared/html.js";

/** @typedef {import("../domain/outbox.js").Refused} Refused */

export function RefusedCards() {
  const { state } = useApp();
  const zone = knownZone(state.session.user?.timezone);
  const { refused } = state.outbox;
  if (refused.length === 0) return null;
  return html`<section class="refusals" aria-label=${t("refused.title")}>
    ${refused.map((each) => html`<${RefusedCard} key=${each.id} refused=${each} zone=${zone} />`)}
  </section>`;
}

/** @param {{refused: Refused, zone: string}} props */
function RefusedCard({ refused, zone }) {
  const { actions } = useApp();
  const { why, answers } = questionOf(refused);
  const does = {
    again: () => actions.outbox.retry(refused.id),
    without: () => actions.outbox.retry(refused.id, { project_id: null }),
    drop: () => actions.outbox.drop(refused.id),
  };
  return html`<article class="panel refusal" role="alert">
    <h2>${t("refused.title")}</h2>
    <p>${wordsFor(refused, useWhat(refused), zone)}</p>
    <p class="quiet">${t(why)}</p>
    <div class="form-actions">
      ${answers.map((answer, index) => html`<button key=${answer} type="button" class=${index === 0 && answer !== "drop" ? "primary" : ""} onClick=${does[answer]}>
        ${t(`refused.${answer}`)}
      </button>`)}
    </div>
  </article>`;
}

/** @param {Refused} refused */
function useWhat({ payload }) {
  const { timer } = useApp().state;
  return payload.description ?? timer.entries[payload.entry_id]?.description ?? null;
}

/** @param {Refused} refused @param {string|null} what @param {string} zone */
function wordsFor(refused, what, zone) {
  const { from, to } = timesOf(refused);
  const isEdit = refused.name === "entry:edit" || refused.name === "timer:update";
  if (isEdit) return what === null ? t("refused.edit.unknown") : t("refused.edit", { what: what || t("timer.untitled") });
  const values = { what: what || t("timer.untitled"), from: dateTimeText(Date.parse(from ?? ""), zone), to: to ? timeText(Date.parse(to), zone) : "" };
  return t(to ? "refused.entry" : "refused.start", values);
}
