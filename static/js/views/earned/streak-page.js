// @ts-check
/** The streak and its reasons: how long, what of today is missing, when it ends, and what each day was. */
import { dateText, dateTimeText, durationText } from "../../domain/format.js";
import { knownZone } from "../../domain/days.js";
import { dateAfter, monthsUpTo, MOST_FREEZES, streakAt } from "../../domain/streak.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html, useEffect, useMemo, useRef, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { ProgressTabs } from "./progress-tabs.js";

const MONTHS = 3;
const STATES = ["done", "frozen", "missed", "pending"];
const WEEK = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-06", "2024-01-07"];

/** @typedef {import("../../domain/streak.js").Streak} Streak @typedef {import("../../domain/streak.js").Cell} Cell @typedef {import("../../domain/streak.js").Month} Month */

export function StreakPage() {
  const { state, actions, now } = useApp();
  useEffect(() => void actions.earned.loadStreak(), []);
  const { streak, streakDays: days } = state;
  const today = days?.at(-1)?.date ?? state.day?.date ?? "";
  return html`<section class="page streak-page">
    <header class="page-head"><h1 tabindex="-1">${t("streak.title")}</h1><${ProgressTabs} /></header>
    ${streak && days ? html`<${Standing} streak=${streakAt(streak, now())} todaySeconds=${days.at(-1)?.seconds ?? 0} />` : html`<p class="quiet">${t("loading")}</p>`}
    ${streak && days && today && html`<${Calendar} days=${days} today=${today} />`}
  </section>`;
}

/** @param {{streak: Streak, todaySeconds: number}} props */
function Standing({ streak, todaySeconds }) {
  const { state } = useApp();
  const zone = knownZone(state.session.user?.timezone);
  const { current, longest, today_done, expires_at, freezes } = streak;
  const begun = current > 0;
  return html`<section class="panel streak-now ${today_done ? "is-done" : ""} ${begun ? "" : "is-none"}" aria-labelledby="streak-now-title">
    <div class="streak-flame"><${Icon} name="flame" /></div>
    <div class="streak-count">
      <h2 id="streak-now-title" class="streak-number digits">${begun ? t("streak.days", { count: current }) : t("streak.none")}</h2>
      <p class="quiet">${longest > current ? t("streak.longest", { days: t("streak.days", { count: longest }) }) : begun ? t("streak.longest.now") : t("streak.none.text")}</p>
    </div>
    <ul class="streak-facts">
      <li><${Icon} name=${today_done ? "check" : "today"} /><span>${todayText(today_done, todaySeconds, streak.minimum_seconds)}</span></li>
      ${expires_at && html`<li><${Icon} name="bell" /><span>${t(today_done ? "streak.ends" : "streak.ends.today", { time: dateTimeText(Date.parse(expires_at), zone) })}</span></li>`}
      <li><${Icon} name="frozen" /><span>${t("streak.freezes", { count: freezes, most: MOST_FREEZES })} <span class="quiet">${t("streak.freezes.how")}</span></span></li>
    </ul>
    ${!today_done && html`<a class="button primary" href="/"><${Icon} name="play" />${t("streak.go")}</a>`}
  </section>`;
}

/** @param {boolean} done @param {number} seconds @param {number|undefined} minimum what makes a day count */
function todayText(done, seconds, minimum) {
  if (done) return t("streak.today.done", { time: durationText(seconds) });
  return seconds > 0 ? t("streak.today.some", { time: durationText(seconds) }) : t("streak.today.open", { time: durationText(minimum ?? 60) });
}

/** @param {{days: import("../../domain/streak.js").StreakDay[], today: string}} props */
function Calendar({ days, today }) {
  const months = useMemo(() => monthsUpTo(days, today, MONTHS), [days, today]);
  const first = months[months.length - 1].month;
  const [active, setActive] = useState(today);
  const [seen, setSeen] = useState(/** @type {Cell|null} */ (null));
  const place = useRef(/** @type {HTMLElement|null} */ (null));
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const next = dateAfter(event.key, active, first, today);
    if (!next) return;
    event.preventDefault();
    setActive(next);
    /** @type {HTMLElement|null|undefined} */ (place.current?.querySelector(`[data-date="${next}"]`))?.focus();
  };
  const look = (/** @type {Cell|null} */ cell) => {
    setSeen(cell);
    if (cell) setActive(cell.date);
  };
  return html`<section class="panel streak-calendar" aria-labelledby="calendar-title">
    <header class="panel-head"><h2 id="calendar-title">${t("calendar.title")}</h2></header>
    <p class="calendar-reason">${seen ? html`<b>${dateText(seen.date, "long")}</b> ${reasonOf(seen)}` : html`<span class="quiet">${t("calendar.hint")}</span>`}</p>
    <div class="months" ref=${place} onKeyDown=${onKeyDown} onMouseLeave=${() => setSeen(null)}>
      ${months.map((month) => html`<${OneMonth} key=${month.month} month=${month} active=${active} today=${today} onLook=${look} />`)}
    </div>
    <ul class="legend">${STATES.map((state) => html`<li key=${state}><i class="day day-${state}" aria-hidden="true"></i>${t(`calendar.${state}`)}</li>`)}</ul>
  </section>`;
}

/** @param {{month: Month, active: string, today: string, onLook: (cell: Cell|null) => void}} props */
function OneMonth({ month, active, today, onLook }) {
  const name = dateText(month.month, "month");
  return html`<table class="month" role="grid" aria-label=${name}>
    <caption>${name}</caption>
    <thead aria-hidden="true"><tr>${WEEK.map((date) => html`<th key=${date}>${weekdayLetter(date)}</th>`)}</tr></thead>
    <tbody>
      ${month.weeks.map(
        (week, row) => html`<tr key=${row}>${week.map((cell, column) => html`<${OneDay} key=${column} cell=${cell} active=${active} today=${today} onLook=${onLook} />`)}</tr>`,
      )}
    </tbody>
  </table>`;
}

/** @param {{cell: Cell|null, active: string, today: string, onLook: (cell: Cell|null) => void}} props */
function OneDay({ cell, active, today, onLook }) {
  if (!cell) return html`<td></td>`;
  if (cell.date > today) return html`<td><span class="day day-coming" aria-hidden="true">${cell.day}</span></td>`;
  const look = () => onLook(cell);
  return html`<td role="gridcell">
    <span class="day day-${cell.state ?? "before"} ${cell.date === today ? "day-today" : ""}" data-date=${cell.date} role="button" tabindex=${cell.date === active ? "0" : "-1"}
      aria-label="${dateText(cell.date, "long")}: ${reasonOf(cell)}" onFocus=${look} onMouseEnter=${look} onClick=${look}>${cell.day}</span>
  </td>`;
}

/** Why the day is what it is. @param {Cell} cell */
function reasonOf({ state, seconds }) {
  return t(`calendar.reason.${state ?? "before"}${state === "missed" && seconds > 0 ? "_some" : ""}`, { time: durationText(seconds) });
}

/** @param {string} date */
function weekdayLetter(date) {
  return dateText(date, "letter");
}
