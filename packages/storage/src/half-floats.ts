/**
 * Floats of 16 bits as floats of 32; every one of them is one exactly.
 *
 * bfloat16 is the upper half of a float32, so a shift does it. IEEE 754's binary16 has 5 bits of exponent (bias 15) and 10 of fraction: subnormals, infinities
 * and NaNs make branches, so all 65,536 are worked out once and looked up.
 */

/** bfloat16 → float32: `target[i]` is `source[i]`. */
export function widenBfloat16(source: Uint16Array, target: Float32Array): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let at = 0; at < source.length; at++) bits[at] = source[at]! << 16;
}

/** binary16 → float32: `target[i]` is `source[i]`. */
export function widenFloat16(source: Uint16Array, target: Float32Array): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  const wide = (table ??= widened());
  for (let at = 0; at < source.length; at++) bits[at] = wide[source[at]!]!;
}

/** The value of each binary16, by its bits. */
export function float16Values(): Float32Array {
  return (values ??= worked());
}

let values: Float32Array | undefined;
let table: Uint32Array | undefined;

/** The bits of each binary16's float32; a NaN's fraction is kept. */
function widened(): Uint32Array {
  const wide = new Uint32Array(worked().buffer);
  for (let bits = 0; bits < wide.length; bits++)
    if ((bits & 0x7c00) === 0x7c00) wide[bits] = ((bits & 0x8000) << 16) | 0x7f800000 | ((bits & 1023) << 13);
  return wide;
}

function worked(): Float32Array {
  return Float32Array.from({ length: 65_536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
  });
}
