// @ts-check
/** The rounds that were: when, how the time went, and what came of it. Read when somebody asks. */
import { clockText, dateTimeText, durationText, timeText } from "../../domain/format.js";
import { knownZone } from "../../domain/days.js";
import { asApiError } from "../../net/api-error.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Avatar } from "../shared/avatar.js";
import { html, useEffect, useState } from "../shared/html.js";

const WIDTH = 1000;
const ROUNDS = 30;
const SETTLES_MS = 2500;

/** @typedef {import("../../domain/types.js").Round} Round */

/** @param {{slug: string, round: number, over: boolean}} props */
export function History({ slug, round, over }) {
  const { actions } = useApp();
  const [open, setOpen] = useState(false);
  const [rounds, setRounds] = useState(/** @type {Round[]|null} */ (null));
  useEffect(() => {
    if (!open) return;
    let wanted = true;
    const load = () =>
      actions.rooms.history(slug, ROUNDS).then(
        (found) => wanted && setRounds(found),
        (error) => wanted && actions.notices.failed(asApiError(error)),
      );
    void load();
    const again = setTimeout(load, SETTLES_MS); // what a round is worth is counted just after it
    return () => {
      wanted = false;
      clearTimeout(again);
    };
  }, [open, round, over]);
  return html`<section class="panel history" aria-labelledby="history-title">
    <header class="panel-head">
      <h2 id="history-title">${t("history.title")}</h2>
      <button type="button" class="text-button" aria-expanded=${String(open)} onClick=${() => setOpen(!open)}>${t(open ? "history.hide" : "history.show")}</button>
    </header>
    ${open && rounds === null && html`<p class="quiet">${t("loading")}</p>`}
    ${open && rounds?.length === 0 && html`<p class="quiet">${t("history.empty")}</p>`}
    ${open && rounds && rounds.length > 0 && html`<ol class="rounds">${rounds.map((each) => html`<${OneRound} key=${each.round} round=${each} />`)}</ol>`}
  </section>`;
}

/** @param {{round: Round}} props */
function OneRound({ round }) {
  const { state } = useApp();
  const zone = knownZone(state.session.user?.timezone);
  const from = Date.parse(round.started_at);
  const end = round.ended_at ? timeText(Date.parse(round.ended_at), zone) : t("history.now");
  return html`<li class="round">
    <p class="round-head"><b>${dateTimeText(from, zone)} – ${end}</b> <span class="quiet">${t("history.work", { length: durationText(round.work_seconds) })}</span></p>
    <${Bars} round=${round} from=${from} />
    <ul class="round-members">
      ${round.members.map(
        (member) => html`<li key=${member.user_id}>
          <span class="round-who"><${Avatar} id=${member.user_id} name=${member.username} url=${member.avatar_url} size="small" /><b>${member.username}</b></span>
          <span class="round-what">${member.intention}${member.outcome && html` <span class="outcome outcome-${member.outcome}">${t(`outcome.${member.outcome}`)}</span>`}</span>
          <span class="digits" title=${t("history.credited")}>${member.credited_seconds === null ? "" : clockText(member.credited_seconds)}</span>
        </li>`,
      )}
    </ul>
  </li>`;
}

/** @param {{round: Round, from: number}} props */
function Bars({ round, from }) {
  if (round.phases.length === 0) return null;
  const to = Math.max(...round.phases.map(({ ended_at }) => Date.parse(ended_at)), from + 1000);
  const place = (/** @type {string} */ at) => ((Date.parse(at) - from) / (to - from)) * WIDTH;
  return html`<svg class="round-bars" viewBox="0 0 ${WIDTH} 24" preserveAspectRatio="none" role="img" aria-label=${t("history.bars", { count: round.phases.length })}>
    <rect class="ribbon-ground" x="0" y="10" width=${WIDTH} height="4" />
    ${round.phases.map(
      ({ phase, started_at, ended_at }) => html`<rect key=${started_at} class="bar-${phase}" x=${place(started_at).toFixed(1)} y=${phase === "work" ? 0 : 6}
        width=${Math.max(place(ended_at) - place(started_at) - 2, 3).toFixed(1)} height=${phase === "work" ? 24 : 12} />`,
    )}
  </svg>`;
}
