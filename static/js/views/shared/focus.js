// @ts-check
import { useEffect } from "./html.js";

/** The focus goes to what asks for it by `autofocus`, also in what appears later than the page. @param {{current: HTMLElement|null}} place */
export function useAutofocus(place) {
  useEffect(() => /** @type {HTMLElement|null|undefined} */ (place.current?.querySelector("[autofocus]"))?.focus(), []);
}
