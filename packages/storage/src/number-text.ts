/**
 * What of a number is lost when its text becomes a double, in words; null where nothing worth saying is. 0.1 is near enough to what was written; 1e-400
 * is not near 0, nor 1e400 near ∞; a whole number beyond 2^53 may be another one, and below 2.2e-308 a double has fewer and fewer digits. What a double is
 * written as is that double, to 17 digits or in the fewest that tell it apart (JSON.stringify's): nothing of it is lost.
 */
export function lossOf(text: string, value: unknown): string | null {
  const written = /^[-+]?(\d+\.?\d*|\.\d+)(?:e([-+]?\d+))?$/i.exec(text);
  if (typeof value !== "number" || written === null) return null;
  if (value === 0) return /[1-9]/.test(written[1]!) ? `${text} is too small for a number, and would become 0` : null;
  if (!Number.isFinite(value)) return `${text} is too large for a number, at most 1.8e308`;
  const inDigits = written[2] === undefined || Math.abs(value) < 1e21; // 6.02e23 is a measure, 602000000000000000000001 a count
  const counted = inDigits && Math.abs(value) > Number.MAX_SAFE_INTEGER;
  if (!counted && Math.abs(value) >= SMALLEST_WITH_ALL_DIGITS) return null;
  const given = digitsOf(text);
  const same = [String(value), value.toPrecision(17), ...(counted ? [String(BigInt(Math.trunc(value)))] : [])];
  if (same.some((one) => digitsOf(one) === given)) return null;
  return `${text} has more digits than a number holds${counted ? "" : " so near 0"}, and would become ${counted ? BigInt(Math.trunc(value)) : value}`;
}

/** Below it doubles are subnormal. */
const SMALLEST_WITH_ALL_DIGITS = 2 ** -1022;

/** A number's significant digits and the power of ten of the first, so that 1e21, 1.0E21 and 1000000000000000000000 are one. */
function digitsOf(text: string): string {
  const [, whole = "", fraction = "", exponent = "0"] = /^[-+]?(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(text)!;
  const digits = whole + fraction;
  const first = digits.search(/[1-9]/);
  return `${digits.slice(first).replace(/0+$/, "")}e${whole.length - first + Number(exponent)}`;
}
