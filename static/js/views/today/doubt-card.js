// @ts-check
/** A timer that seems to have been forgotten: what is right of it, in four answers. */
import { answersFor, endField, endIn } from "../../domain/doubt.js";
import { dateTimeText, durationText, timeText } from "../../domain/format.js";
import { secondsBetween } from "../../domain/days.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

/** @typedef {import("../../domain/types.js").Entry} Entry @typedef {import("../../domain/doubt.js").Answer} Answer */

/** @param {{entry: Entry, day: import("../../domain/types.js").Day|null, zone: string}} props */
export function DoubtCard({ entry, day, zone }) {
  const { actions, now } = useApp();
  const attempt = useAttempt();
  const [field, setField] = useState(endField(entry, zone));
  const [problem, setProblem] = useState(/** @type {string|null} */ (null));
  const from = Date.parse(entry.doubtful_from ?? entry.started_at);
  const start = Date.parse(entry.started_at);
  const end = entry.ended_at === null ? now() : Date.parse(entry.ended_at);
  const read = endIn(field, entry, zone, end);
  const until = read.at === null ? from : Date.parse(read.at);
  const timeOf = (/** @type {number} */ at) => (day && at >= day.from && at < day.to ? timeText(at, zone) : dateTimeText(at, zone));
  const id = `doubt-${entry.id}`;
  async function answer(/** @type {Answer} */ action) {
    const ends = action === "stop" || action === "split";
    if (ends && read.problem) return setProblem(read.problem);
    setProblem(null);
    await attempt.run(() => actions.entries.resolve(entry, action, ends ? read.at : null));
  }
  const words = {
    keep: t(entry.ended_at === null ? "doubt.keep.running" : "doubt.keep.ended", { from: timeOf(start), to: timeOf(end) }),
    stop: t("doubt.stop.text", { from: timeOf(start), to: timeOf(until), time: durationText(secondsBetween(start, until)) }),
    split: t("doubt.split.text", { to: timeOf(until) }),
    discard: t("doubt.discard.text"),
  };
  return html`<section class="panel doubt" aria-labelledby="${id}-title">
    <h2 id="${id}-title"><${Icon} name="question" />${t(entry.ended_at === null ? "doubt.title.running" : "doubt.title.ended", { what: entry.description || t("timer.untitled") })}</h2>
    <p>${t("doubt.text", { start: timeOf(start), from: timeOf(from) })}</p>
    <div class="field doubt-until"><label for=${id}>${t("doubt.until")}</label>
      <input id=${id} type="datetime-local" value=${field} aria-invalid=${problem ? "true" : undefined} aria-describedby=${problem ? `${id}-problem` : undefined}
        onInput=${(/** @type {any} */ event) => {
          setField(event.currentTarget.value);
          setProblem(null);
        }} />
      ${problem && html`<p class="error" id="${id}-problem">${t(problem)}</p>`}</div>
    <ul class="answers">
      ${answersFor(entry).map(
        (action) => html`<li key=${action}><button type="button" class=${action === "discard" ? "danger-text" : action === "stop" ? "primary" : ""} disabled=${attempt.busy}
          aria-describedby="${id}-${action}" onClick=${() => answer(action)}>${t(`doubt.${action}`)}</button><span class="quiet" id="${id}-${action}">${words[action]}</span></li>`,
      )}
    </ul>
  </section>`;
}
