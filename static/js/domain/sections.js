// @ts-check
/** Which part of a long page one is reading. */

/**
 * The last part that has begun above the line; at the end of the page the last one, however short it is.
 * @param {{id: string, top: number}[]} parts  in order; `top` as one sees it now
 * @param {number} line
 * @param {boolean} atEnd
 */
export function currentPart(parts, line, atEnd) {
  if (atEnd) return parts.at(-1)?.id ?? "";
  return parts.filter(({ top }) => top <= line).at(-1)?.id ?? parts[0]?.id ?? "";
}
