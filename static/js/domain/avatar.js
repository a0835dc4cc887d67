// @ts-check
/** Pictures of people: which file is asked for, and what stands where there is none. */

const SMALL = 128;
const TINTS = 6;

/** The address of a picture to be shown `pixels` wide: of one on this server, the smaller file if that will do. @param {string} url @param {number} pixels */
export function pictureAt(url, pixels) {
  return pixels <= SMALL ? url.replace(/^(\/media\/.*|.*\/media\/[^/]+)\/512\.webp$/, `$1/${SMALL}.webp`) : url;
}

/** @param {string} name */
export function initialOf(name) {
  return ([...name.trim()][0] ?? "?").toUpperCase();
}

/** Which of the colours is theirs. @param {number} id */
export function tintOf(id) {
  return id % TINTS;
}

/** The largest square in the middle. @param {number} width @param {number} height */
export function middleOf(width, height) {
  const side = Math.min(width, height);
  return { x: (width - side) / 2, y: (height - side) / 2, side };
}
