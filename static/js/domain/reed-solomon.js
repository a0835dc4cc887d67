// @ts-check
/** Bytes that mend others: Reed-Solomon over the field of 256 elements whose polynomial is x⁸ + x⁴ + x³ + x² + 1. */

const POLYNOMIAL = 0x11d;
const EXP = new Uint8Array(255);
const LOG = new Uint8Array(256);
for (let power = 0, value = 1; power < 255; power += 1) {
  EXP[power] = value;
  LOG[value] = power;
  value = value & 0x80 ? (value << 1) ^ POLYNOMIAL : value << 1;
}

/**
 * What is appended to the data, so that half as many wrong bytes can be put right.
 * @param {Uint8Array} data
 * @param {number} count
 */
export function remainderOf(data, count) {
  const generator = generatorOf(count);
  const remainder = new Uint8Array(count);
  for (const byte of data) {
    const factor = byte ^ remainder[0];
    remainder.copyWithin(0, 1);
    remainder[count - 1] = 0;
    for (let i = 0; i < count; i += 1) remainder[i] ^= times(generator[i], factor);
  }
  return remainder;
}

/** The product of (x − 2⁰) … (x − 2ᶜ⁻¹), without its leading 1. @param {number} count */
function generatorOf(count) {
  const product = new Uint8Array(count);
  product[count - 1] = 1;
  for (let root = 0; root < count; root += 1) {
    for (let i = 0; i < count; i += 1) product[i] = times(product[i], EXP[root]) ^ (product[i + 1] ?? 0);
  }
  return product;
}

/** @param {number} a @param {number} b */
function times(a, b) {
  return a === 0 || b === 0 ? 0 : EXP[(LOG[a] + LOG[b]) % 255];
}
