// @ts-check
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { CopyButton } from "../shared/copy-button.js";
import { html, useState } from "../shared/html.js";
import { Icon } from "../shared/icon.js";
import { ConfirmDialog } from "./confirm-dialog.js";
import { SettingsDialog } from "./settings-dialog.js";

/** What one may do with the room as a whole. @param {{scene: import("../../domain/rooms.js").Scene, rights: {hosts: boolean, owns: boolean, controls: boolean}}} props */
export function RoomActions({ scene, rights }) {
  const { actions, state } = useApp();
  const [open, setOpen] = useState(/** @type {"settings"|"leave"|"delete"|null} */ (null));
  const close = () => setOpen(null);
  const { name, slug } = scene.room;
  const off = state.connection.phase !== "live";
  return html`<div class="head-actions">
    <${CopyButton} text=${`${location.origin}/rooms/${slug}`} label=${t("room.link")} />
    ${(rights.owns || rights.controls) && html`<button type="button" disabled=${off} onClick=${() => setOpen("settings")}><${Icon} name="settings" />${t("room.settings.short")}</button>`}
    <button type="button" disabled=${off} onClick=${() => setOpen("leave")}><${Icon} name="leave" />${t("room.leave")}</button>
    ${open === "settings" && html`<${SettingsDialog} scene=${scene} onClose=${close} onDelete=${() => setOpen("delete")} />`}
    ${open === "leave" &&
    html`<${ConfirmDialog} title=${t("room.leave.title")} text=${t(rights.hosts ? "room.leave.host" : "room.leave.text")} send=${t("room.leave")}
      onSend=${actions.rooms.leave} onClose=${close} />`}
    ${open === "delete" &&
    html`<${ConfirmDialog} title=${t("room.delete.title", { name })} text=${t("room.delete.text")} send=${t("room.delete")} onSend=${actions.rooms.delete} onClose=${close} />`}
  </div>`;
}
