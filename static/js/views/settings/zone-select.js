// @ts-check
/** One of the world's time zones, found by typing a part of its name. */
import { timeText } from "../../domain/format.js";
import { matchZones } from "../../domain/zones.js";
import { t } from "../../text/t.js";
import { useApp } from "../shared/app-context.js";
import { html, useMemo, useState } from "../shared/html.js";
import { Listbox, useListbox } from "../shared/listbox.js";

/** @param {{id: string, value: string, onInput: (zone: string) => void, error?: string}} props */
export function ZoneSelect({ id, value, onInput, error }) {
  const { now } = useApp();
  const zones = useMemo(() => [...new Set([...(Intl.supportedValuesOf?.("timeZone") ?? []), "UTC", value])], []);
  const [typed, setTyped] = useState(/** @type {string|null} */ (null));
  const found = typed === null ? [] : matchZones(zones, typed);
  const take = (/** @type {string} */ zone) => {
    onInput(zone);
    setTyped(null);
  };
  const list = useListbox({ id, items: found, open: typed !== null, onTake: take, onClose: () => setTyped(null) });
  const onFocus = (/** @type {any} */ event) => event.currentTarget.select();
  return html`<div class="field zone">
    <label for=${id}>${t("field.timezone")}</label>
    <input id=${id} name="timezone" type="text" spellcheck=${false} value=${typed ?? value} ...${list.input} aria-describedby="${id}-hint"
      aria-invalid=${error ? "true" : undefined} onInput=${(/** @type {any} */ event) => setTyped(event.currentTarget.value)}
      onKeyDown=${list.onKeyDown} onFocus=${onFocus} onBlur=${() => setTyped(null)} />
    <${Listbox} id=${id} label=${t("field.timezone.list")} items=${found} active=${list.active} shown=${list.shown} onTake=${take}
      draw=${(/** @type {string} */ zone) => html`<span>${zone.replaceAll("_", " ")}</span><span class="digits quiet">${timeText(now(), zone)}</span>`} />
    <p class="hint" id="${id}-hint">${error || t("hint.timezone", { time: timeText(now(), value) })}</p>
  </div>`;
}
