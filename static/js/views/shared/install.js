// @ts-check
/** The page as an app of one's own: by a button where the browser lets the page ask, else by a word on how. */
import { installsByMenu } from "../../page/install.js";
import { t } from "../../text/t.js";
import { useApp } from "./app-context.js";
import { html } from "./html.js";
import { Icon } from "./icon.js";

/** @param {{brief?: boolean}} props  `brief`: the button alone */
export function Install({ brief = false }) {
  const { install } = useApp().state;
  const button = install && html`<button type="button" onClick=${install}><${Icon} name="download" />${t("install.go")}</button>`;
  if (brief) return button;
  if (!install && !installsByMenu()) return null;
  return html`<div class="install"><p><b>${t("install.title")}</b></p><p class="quiet">${t(install ? "install.text" : "install.byMenu")}</p>${button}</div>`;
}
