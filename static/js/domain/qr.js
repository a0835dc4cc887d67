// @ts-check
/**
 * QR codes (ISO/IEC 18004): a text as a square of dark and light modules, by bytes, at error correction level M,
 * which bears a smudge of 15 %.
 *
 * @typedef {boolean[][]} Modules  By row, then column; true is dark.
 */
import { remainderOf } from "./reed-solomon.js";

/** By version, from 1 on: bytes that mend in each block, and how many blocks. */
const MENDING = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];
const LEVEL_M = 0;
const FORMAT = { generator: 0x537, bits: 10, mask: 0x5412 };
const VERSION = { generator: 0x1f25, bits: 12 };

/** @type {((row: number, column: number) => boolean)[]} */
const MASKS = [
  (y, x) => (y + x) % 2 === 0,
  (y) => y % 2 === 0,
  (_, x) => x % 3 === 0,
  (y, x) => (y + x) % 3 === 0,
  (y, x) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (y, x) => ((y * x) % 2) + ((y * x) % 3) === 0,
  (y, x) => (((y * x) % 2) + ((y * x) % 3)) % 2 === 0,
  (y, x) => (((y + x) % 2) + ((y * x) % 3)) % 2 === 0,
];

/**
 * The code of a text, or null if it is longer than the largest of ours can hold (666 bytes).
 * @param {string} text
 * @returns {Modules|null}
 */
export function qrOf(text) {
  const bytes = new TextEncoder().encode(text);
  const version = 1 + MENDING.findIndex((_, index) => bytes.length * 8 + headBits(index + 1) <= dataBytes(index + 1) * 8);
  if (version === 0) return null;
  const { modules, taken } = frame(version);
  place(modules, taken, interleaved(padded(bytes, version), version));
  const drawn = MASKS.map((mask, number) => masked(modules, taken, mask, number));
  return drawn.reduce((best, each) => (unrest(each) < unrest(best) ? each : best));
}

/** @param {number} version */
const sizeOf = (version) => 17 + 4 * version;
/** Bits that say what comes, and how much of it. @param {number} version */
const headBits = (version) => 4 + (version < 10 ? 8 : 16);
/** @param {number} version */
const dataBytes = (version) => allBytes(version) - MENDING[version - 1] * BLOCKS[version - 1];

/** How many bytes a code has room for, beside its patterns. @param {number} version */
function allBytes(version) {
  const marks = version === 1 ? 0 : Math.floor(version / 7) + 2;
  const alignment = marks === 0 ? 0 : 25 * (marks * marks - 3) - 10 * (marks - 2);
  const size = sizeOf(version);
  return Math.floor((size * size - 3 * 64 - 2 * (size - 16) - 31 - alignment - (version < 7 ? 0 : 36)) / 8);
}

/** The text's bytes with what stands before and behind them. @param {Uint8Array} bytes @param {number} version */
function padded(bytes, version) {
  const length = dataBytes(version);
  const bits = [0, 1, 0, 0, ...bitsOf(bytes.length, headBits(version) - 4), ...[...bytes].flatMap((byte) => bitsOf(byte, 8))];
  bits.push(...bitsOf(0, Math.min(4, length * 8 - bits.length)));
  bits.push(...bitsOf(0, (8 - (bits.length % 8)) % 8));
  const whole = Uint8Array.from({ length: bits.length / 8 }, (_, i) => parseInt(bits.slice(i * 8, i * 8 + 8).join(""), 2));
  return Uint8Array.from({ length }, (_, i) => whole[i] ?? ((i - whole.length) % 2 === 0 ? 0xec : 0x11));
}

/** Cut into blocks, each with what mends it, and dealt out in turn: a smudge then takes a little of each. @param {Uint8Array} data @param {number} version */
function interleaved(data, version) {
  const count = BLOCKS[version - 1];
  const short = Math.floor(data.length / count);
  const shorter = count - (data.length % count);
  const startOf = (/** @type {number} */ block) => block * short + Math.max(0, block - shorter);
  const blocks = Array.from({ length: count }, (_, block) => data.subarray(startOf(block), startOf(block + 1)));
  const mending = blocks.map((block) => remainderOf(block, MENDING[version - 1]));
  return [...dealt(blocks, short + 1), ...dealt(mending, MENDING[version - 1])];
}

/** @param {Uint8Array[]} blocks @param {number} longest */
function dealt(blocks, longest) {
  return Array.from({ length: longest }, (_, i) => blocks.flatMap((block) => (i < block.length ? [block[i]] : []))).flat();
}

/** The patterns that every code of a version has; `taken` is where no data goes. @param {number} version */
function frame(version) {
  const size = sizeOf(version);
  const modules = Array.from({ length: size }, () => Array(size).fill(false));
  const taken = Array.from({ length: size }, () => Array(size).fill(false));
  const put = (/** @type {number} */ y, /** @type {number} */ x, /** @type {boolean} */ dark) => {
    if (y < 0 || x < 0 || y >= size || x >= size) return;
    modules[y][x] = dark;
    taken[y][x] = true;
  };
  for (let i = 0; i < size; i += 1) {
    put(6, i, i % 2 === 0);
    put(i, 6, i % 2 === 0);
  }
  for (const [y, x] of [[3, 3], [3, size - 4], [size - 4, 3]]) square(put, y, x, 4, [0, 1, 3]);
  for (const [y, x] of alignments(version)) square(put, y, x, 2, [0, 2]);
  for (const [y, x] of formatPlaces(size).flat()) put(y, x, false);
  put(size - 8, 8, true);
  if (version >= 7) bitsOf((version << VERSION.bits) | checkOf(version, VERSION), 18).reverse().forEach((bit, i) => {
    put(Math.floor(i / 3), size - 11 + (i % 3), bit === 1);
    put(size - 11 + (i % 3), Math.floor(i / 3), bit === 1);
  });
  return { modules, taken };
}

/** Squares within squares. @param {(y: number, x: number, dark: boolean) => void} put @param {number} y @param {number} x @param {number} reach @param {number[]} dark  distances from the middle */
function square(put, y, x, reach, dark) {
  for (let dy = -reach; dy <= reach; dy += 1) {
    for (let dx = -reach; dx <= reach; dx += 1) put(y + dy, x + dx, dark.includes(Math.max(Math.abs(dy), Math.abs(dx))));
  }
}

/** The middles of the small squares. @param {number} version @returns {number[][]} */
function alignments(version) {
  if (version === 1) return [];
  const last = sizeOf(version) - 7;
  const count = Math.floor(version / 7) + 2;
  const step = Math.ceil((last - 6) / (count - 1) / 2) * 2;
  const at = [6, ...Array.from({ length: count - 1 }, (_, i) => last - step * (count - 2 - i))];
  const corner = (/** @type {number} */ y, /** @type {number} */ x) => (y === 6 && (x === 6 || x === last)) || (y === last && x === 6);
  return at.flatMap((y) => at.filter((x) => !corner(y, x)).map((x) => [y, x]));
}

/** The two places of the 15 bits that tell level and mask, the lowest bit first. @param {number} size @returns {number[][][]} */
function formatPlaces(size) {
  const along = [0, 1, 2, 3, 4, 5, 7, 8];
  const first = [...along.map((y) => [y, 8]), ...[7, 5, 4, 3, 2, 1, 0].map((x) => [8, x])];
  const second = Array.from({ length: 15 }, (_, i) => (i < 8 ? [8, size - 1 - i] : [size - 15 + i, 8]));
  return [first, second];
}

/** Up and down in columns of two, from the right, around what is taken. @param {Modules} modules @param {boolean[][]} taken @param {number[]} bytes */
function place(modules, taken, bytes) {
  const size = modules.length;
  let at = 0;
  for (let turn = 0, right = size - 1; right > 0; turn += 1, right -= right === 8 ? 3 : 2) {
    for (let i = 0; i < size; i += 1) {
      const y = turn % 2 === 0 ? size - 1 - i : i;
      for (const x of [right, right - 1]) {
        if (taken[y][x]) continue;
        modules[y][x] = ((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) % 2 === 1;
        at += 1;
      }
    }
  }
}

/** @param {Modules} modules @param {boolean[][]} taken @param {(y: number, x: number) => boolean} mask @param {number} number @returns {Modules} */
function masked(modules, taken, mask, number) {
  const drawn = modules.map((row, y) => row.map((dark, x) => (taken[y][x] ? dark : dark !== mask(y, x))));
  const told = (LEVEL_M << 3) | number;
  const bits = bitsOf(((told << FORMAT.bits) | checkOf(told, FORMAT)) ^ FORMAT.mask, 15).reverse();
  for (const places of formatPlaces(modules.length)) places.forEach(([y, x], i) => (drawn[y][x] = bits[i] === 1));
  return drawn;
}

/** How hard a code is to read: long runs, blocks, what looks like a corner, too much of one colour. @param {Modules} modules */
function unrest(modules) {
  const lines = [...modules, ...modules.map((_, x) => modules.map((row) => row[x]))].map((line) => line.map((dark) => (dark ? "1" : "0")).join(""));
  let points = 0;
  for (const line of lines) {
    for (const run of line.match(/0{5,}|1{5,}/g) ?? []) points += run.length - 2;
    points += 40 * [...line.matchAll(/(?=10111010000|00001011101)/g)].length;
  }
  const size = modules.length;
  for (let y = 1; y < size; y += 1) {
    for (let x = 1; x < size; x += 1) {
      const dark = modules[y][x];
      if (modules[y - 1][x] === dark && modules[y][x - 1] === dark && modules[y - 1][x - 1] === dark) points += 3;
    }
  }
  const share = (modules.flat().filter(Boolean).length * 100) / (size * size);
  return points + 10 * Math.floor(Math.abs(share - 50) / 5);
}

/** The remainder that protects a small number. @param {number} value @param {{generator: number, bits: number}} code */
function checkOf(value, { generator, bits }) {
  let left = value << bits;
  for (let bit = 31 - Math.clz32(left); bit >= bits; bit = 31 - Math.clz32(left)) left ^= generator << (bit - bits);
  return left;
}

/** The highest bit first. @param {number} value @param {number} count @returns {number[]} */
function bitsOf(value, count) {
  return Array.from({ length: count }, (_, i) => (value >> (count - 1 - i)) & 1);
}
