// @ts-check
import { useState } from "../shared/html.js";

/** The secret of a link that came by mail: what stands behind the `#`, which leaves the address, and so the history, at once. */
export function useLinkSecret() {
  const [secret] = useState(() => {
    const found = location.hash.slice(1);
    if (found) history.replaceState(history.state, "", location.pathname);
    return found;
  });
  return secret;
}
