// @ts-check
/** The rooms one may go into: one's own and joined ones first. */
import { slugIn } from "../../domain/rooms.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { Field, FormError } from "../shared/field.js";
import { useForm } from "../shared/form.js";
import { html, useEffect, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { NewRoomDialog } from "./new-room-dialog.js";
import { RoomCard } from "./room-card.js";

const AGAIN_MS = 15_000;

/** @typedef {import("../../domain/types.js").Room} Room */

export function RoomsPage() {
  const { state, actions } = useApp();
  const [creating, setCreating] = useState(false);
  const phase = state.connection.phase;
  useEffect(() => {
    const look = () => document.visibilityState === "visible" && void actions.rooms.load();
    look();
    const timer = setInterval(look, AGAIN_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [phase === "live"]);
  const { mine, others } = state.rooms ?? { mine: [], others: [] };
  return html`<section class="page">
    <header class="page-head">
      <div><h1 tabindex="-1">${t("rooms.title")}</h1><p class="quiet">${t("rooms.lead")}</p></div>
      <button type="button" class="primary" onClick=${() => setCreating(true)}><${Icon} name="plus" />${t("rooms.new")}</button>
    </header>
    ${state.rooms === null && html`<p class="quiet">${t("loading")}</p>`}
    ${state.rooms && mine.length === 0 && html`<${Empty} />`}
    ${mine.length > 0 && html`<${List} id="rooms-mine" title=${t("rooms.mine")} rooms=${mine} />`}
    ${others.length > 0 && html`<${List} id="rooms-others" title=${t("rooms.others")} rooms=${others} />`}
    <${JoinByLink} />
    ${creating && html`<${NewRoomDialog} onClose=${() => setCreating(false)} />`}
  </section>`;
}

/** @param {{id: string, title: string, rooms: Room[]}} props */
function List({ id, title, rooms }) {
  return html`<section class="room-list" aria-labelledby=${id}>
    <h2 id=${id}>${title}</h2>
    <ul class="cards">${rooms.map((room) => html`<${RoomCard} key=${room.id} room=${room} />`)}</ul>
  </section>`;
}

function Empty() {
  return html`<div class="empty">
    <p><b>${t("rooms.empty.title")}</b></p>
    <ol>
      ${["make", "link", "talk"].map((key) => html`<li key=${key}>${t(`rooms.empty.${key}`)}</li>`)}
    </ol>
  </div>`;
}

function JoinByLink() {
  const { go } = useApp();
  const check = (/** @type {{link: string}} */ { link }) => /** @type {Record<string, string>} */ (slugIn(link) ? {} : { link: "problem.link" });
  const send = async (/** @type {{link: string}} */ { link }) => go(`/rooms/${slugIn(link)}`);
  const form = useForm({ values: { link: "" }, check, send, prefix: "join-" });
  return html`<form class="join-form" ref=${form.ref} onSubmit=${form.onSubmit} novalidate>
    <${Field} ...${form.field("link")} label=${t("rooms.join")} placeholder=${t("rooms.join.example")} autocomplete="off" autocapitalize="none" spellcheck=${false} />
    <button type="submit">${t("rooms.join.send")}</button>
    <${FormError} text=${form.problems[""]} />
  </form>`;
}
