/**
 * What of a number is lost when its text becomes a double, in words; null where nothing worth saying is. 0.1 is near enough to what was written; 1e-400
 * is not near 0, nor 1e400 near ∞, and a whole number beyond 2^53 may be another one.
 */
export function lossOf(text: string, value: unknown): string | null {
  if (typeof value !== "number" || !/^[-+]?(\d|\.\d)/.test(text)) return null;
  if (value === 0 && /[1-9]/.test(text.replace(/[eE].*/, ""))) return `${text} is too small for a number, and would become 0`;
  if (!Number.isFinite(value)) return `${text} is too large for a number, at most 1.8e308`;
  if (/^[-+]?\d+$/.test(text) && BigInt(text) !== BigInt(value))
    return `${text} has more digits than a number holds, and would become ${BigInt(value)}`;
  return null;
}
