// @ts-check
/** A secret link to one's entries for calendars. It is shown once, when it is made. */
import { knownZone } from "../../domain/days.js";
import { dateTimeText } from "../../domain/format.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { CopyLine } from "../shared/copy-line.js";
import { Switch } from "../shared/field.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { useLoaded } from "../shared/loaded.js";

export function CalendarLink() {
  const { state, actions } = useApp();
  const attempt = useAttempt();
  const [descriptions, setDescriptions] = useState(state.session.user?.privacy.hide_descriptions !== true);
  const { value: feed, set } = useLoaded(actions.transfer.calendar);
  const zone = knownZone(state.session.user?.timezone);
  const make = () => attempt.run(async () => set(await actions.transfer.makeCalendar(descriptions)));
  const end = () =>
    attempt.run(async () => {
      await actions.transfer.endCalendar();
      set({ active: false, descriptions: null, created_at: null, last_read_at: null });
      actions.notices.toast(t("feed.ended"));
    });
  return html`<section class="panel" aria-labelledby="feed-title">
    <h2 id="feed-title">${t("feed.title")}</h2>
    <p>${t("feed.text")}</p>
    ${feed?.active && html`<p class="quiet">${feed.created_at && t("feed.since", { time: dateTimeText(Date.parse(feed.created_at), zone) })} ${feed.last_read_at ? t("feed.read", { time: dateTimeText(Date.parse(feed.last_read_at), zone) }) : t("feed.unread")}</p>`}
    ${feed?.url && html`<div class="note feed-link"><p>${t("feed.once")}</p><${CopyLine} text=${feed.url} label=${t("feed.link")} /></div>`}
    <${Switch} id="feed-descriptions" label=${t("feed.descriptions")} hint=${t("feed.descriptions.hint")} checked=${descriptions} onChange=${setDescriptions} />
    <div class="form-actions">
      <button type="button" disabled=${attempt.busy || !feed} aria-describedby=${feed?.active ? "feed-again" : undefined} onClick=${make}><${Icon} name="link" />${t(feed?.active ? "feed.again" : "feed.make")}</button>
      ${feed?.active && html`<button type="button" class="danger-text" disabled=${attempt.busy} onClick=${end}>${t("feed.end")}</button>`}
    </div>
    ${feed?.active && html`<p class="hint" id="feed-again">${t("feed.again.text")}</p>`}
  </section>`;
}
