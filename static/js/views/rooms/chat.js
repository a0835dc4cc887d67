// @ts-check
/** What is said in breaks: plain text, the last of it in sight. */
import { timeText } from "../../domain/format.js";
import { knownZone } from "../../domain/days.js";
import { chatIsOpen } from "../../domain/room-timer.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { useAttempt } from "../shared/attempt.js";
import { Avatar } from "../shared/avatar.js";
import { html, useLayoutEffect, useRef, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";

const LONGEST = 500;
const NEAR_PX = 80;

/** @param {{scene: import("../../domain/rooms.js").Scene, shown: import("../../domain/room-timer.js").Shown}} props */
export function Chat({ scene, shown }) {
  const { state } = useApp();
  const list = useRef(/** @type {HTMLElement|null} */ (null));
  const atEnd = useRef(true);
  const [draft, setDraft] = useState(""); // outlives a work phase
  const { messages, room } = scene;
  const latest = messages.at(-1)?.id;
  useLayoutEffect(() => {
    if (list.current && atEnd.current) list.current.scrollTop = list.current.scrollHeight;
  }, [latest]);
  const onScroll = () => list.current && (atEnd.current = list.current.scrollHeight - list.current.scrollTop - list.current.clientHeight < NEAR_PX);
  const pictures = new Map(scene.members.map(({ user_id, avatar_url }) => [user_id, avatar_url]));
  const zone = knownZone(state.session.user?.timezone);
  const open = chatIsOpen(shown, room.settings);
  if (room.settings.chat === "off" && messages.length === 0) return null;
  return html`<section class="panel chat" aria-labelledby="chat-title">
    <h2 id="chat-title">${t("chat.title")}</h2>
    <div class="messages" ref=${list} onScroll=${onScroll} role="log" aria-labelledby="chat-title" tabindex="0"><ol>
      ${messages.length === 0 && html`<li class="quiet">${t("chat.empty")}</li>`}
      ${messages.map(
        ({ id, user, text, at }, index) => html`<li key=${id} class=${user.id === state.session.user?.id ? "message is-own" : "message"}>
          ${(messages[index - 1]?.user.id !== user.id || apart(messages[index - 1].at, at)) &&
          html`<span class="message-head"><${Avatar} id=${user.id} name=${user.username} url=${pictures.get(user.id)} size="small" /><b>${user.username}</b> <span class="quiet digits">${timeText(Date.parse(at), zone)}</span></span>`}
          <span class="message-text">${text}</span>
        </li>`,
      )}
    </ol></div>
    ${open ? html`<${Say} text=${draft} setText=${setDraft} />` : html`<p class="note chat-closed"><${Icon} name="silent" />${t(room.settings.chat === "off" ? "chat.off" : "chat.closed")}</p>`}
  </section>`;
}

/** @param {{text: string, setText: (next: string | ((before: string) => string)) => void}} props */
function Say({ text, setText }) {
  const { actions, state } = useApp();
  const attempt = useAttempt();
  async function send(/** @type {Event} */ event) {
    event.preventDefault();
    const said = text.trim();
    if (said && (await attempt.run(() => actions.rooms.command("room:say", { text: said })))) setText((now) => (now.trim() === said ? "" : now));
  }
  return html`<form class="say" onSubmit=${send}>
    <label class="sr-only" for="say">${t("chat.label")}</label>
    <input id="say" type="text" value=${text} maxlength=${LONGEST} placeholder=${t("chat.placeholder")} autocomplete="off" enterkeyhint="send"
      onInput=${(/** @type {any} */ event) => setText(event.currentTarget.value)} />
    <button type="submit" class="icon-button send" aria-label=${t("chat.send")} disabled=${!text.trim() || state.connection.phase !== "live"}><${Icon} name="send" /></button>
  </form>`;
}

/** Whether so much time lies between two messages that the second gets its own head. @param {string} a @param {string} b */
function apart(a, b) {
  return Date.parse(b) - Date.parse(a) > 5 * 60_000;
}
