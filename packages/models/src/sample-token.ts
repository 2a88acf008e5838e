/** A token of one row of logits, and its log-probability under the distribution it was drawn from. */
export interface SampledToken {
  readonly token: number;
  readonly logProb: number;
}

/**
 * Draws from softmax(z / temperature) by inverting its cumulative sum at `uniform` in [0, 1). Temperature 0: the most likely token (the first of
 * equals), with log-probability 0. In float64. Where a logit is NaN or +∞, the log-probability is NaN, which the trainer reports.
 */
export function sampleToken(logits: Float32Array, temperature: number, uniform: number): SampledToken {
  let best = 0;
  for (let token = 1; token < logits.length; token++) if (logits[token]! > logits[best]!) best = token;
  if (temperature === 0) return { token: best, logProb: logits.every((logit) => logit < Infinity) ? 0 : NaN };

  const highest = logits[best]!;
  let total = 0;
  for (const logit of logits) total += Math.exp((logit - highest) / temperature);
  let left = uniform * total;
  let token = best; // where rounding leaves something over
  for (let candidate = 0; candidate < logits.length; candidate++) {
    left -= Math.exp((logits[candidate]! - highest) / temperature);
    if (left < 0) {
      token = candidate;
      break;
    }
  }
  return { token, logProb: (logits[token]! - highest) / temperature - Math.log(total) };
}
