// @ts-check
/**
 * Which single key means what. Never while someone writes, never with a modifier: those are the browser's and the reader's.
 *
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, repeat: boolean}} event
 * @param {{writing: boolean, dialogOpen: boolean}} where
 * @returns {"toggle"|"focus"|"help"|null}
 */
export function shortcutOf(event, { writing, dialogOpen }) {
  if (writing || dialogOpen || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return null;
  if (event.key === "?") return "help";
  const key = event.key.toLowerCase();
  return key === "s" ? "toggle" : key === "n" ? "focus" : null;
}
