// @ts-check
/** How much of the day's goal is done, and setting it. */
import { durationText } from "../../domain/format.js";
import { goalOf, goalProblems, goalValues } from "../../domain/goal.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { Dialog } from "../shared/dialog.js";
import { Field, FormError } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

const USUAL_S = 4 * 3600;

/** @param {{seconds: number}} props  done today */
export function DayGoal({ seconds }) {
  const { goal } = useApp().state;
  const [editing, setEditing] = useState(false);
  const share = goal > 0 ? Math.min(seconds / goal, 1) : 0;
  const text = goal === 0 ? "" : seconds >= goal ? t("goal.reached", { goal: durationText(goal) }) : t("goal.left", { left: durationText(goal - seconds), goal: durationText(goal) });
  return html`<div class="goal">
    ${goal > 0 &&
    html`<div class="goal-bar ${share >= 1 ? "is-full" : ""}" role="progressbar" aria-label=${t("goal.title")} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.floor(share * 100)} aria-valuetext=${text}>
        <i style=${{ "--share": share.toFixed(4) }}></i></div>
      <p class="goal-text">${share >= 1 && html`<${Icon} name="check" />`}${text}</p>`}
    <button type="button" class="text-button small" onClick=${() => setEditing(true)}>${t(goal > 0 ? "goal.change" : "goal.set")}</button>
    ${editing && html`<${GoalDialog} onClose=${() => setEditing(false)} />`}
  </div>`;
}

/** @param {{onClose: () => void}} props */
function GoalDialog({ onClose }) {
  const { state, actions } = useApp();
  const attempt = useAttempt();
  const send = async (/** @type {ReturnType<typeof goalValues>} */ values) => {
    await actions.preferences.save({ daily_goal_seconds: goalOf(values) });
    onClose();
  };
  const form = useForm({ values: goalValues(state.goal || USUAL_S), check: goalProblems, send, prefix: "goal-" });
  const remove = () => void attempt.run(() => actions.preferences.save({ daily_goal_seconds: 0 })).then((done) => done && onClose());
  return html`<${Dialog} title=${t("goal.title")} onClose=${onClose}>
    <form ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
      <div class="pair"><${Field} ...${form.field("hours")} type="number" min="0" max="24" inputmode="numeric" label=${t("goal.hours")} autofocus />
        <${Field} ...${form.field("minutes")} type="number" min="0" max="59" inputmode="numeric" label=${t("goal.minutes")} /></div>
      <p class="hint">${t("goal.hint")}</p>
      <${FormError} text=${form.problems[""]} />
      <div class="form-actions"><button type="submit" class="primary" disabled=${form.busy}>${t("action.save")}</button>
        ${state.goal > 0 && html`<button type="button" class="danger-text push" onClick=${remove}>${t("goal.remove")}</button>`}</div>
    </form>
  <//>`;
}
