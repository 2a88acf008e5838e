/** log Γ(x) for x > 0 (Lanczos 1964, g = 7, 9 terms; coefficients of Godfrey 2001), right to about 1e-15. */
export function logGamma(x: number): number {
  const shifted = x - 1;
  const series = LANCZOS.reduce(
    (sum, coefficient, index) => sum + (index === 0 ? coefficient : coefficient / (shifted + index)),
    0,
  );
  const t = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(series);
}
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/**
 * The regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22) in Lentz's form; x above the mean goes by
 * I_x(a, b) = 1 − I_{1−x}(b, a), where the fraction converges and no divisor comes near 0 (the first is at least 2/(a + b + 2)). `rest` is
 * 1 − x, where it is known more exactly than x.
 */
export function regularisedBeta(x: number, a: number, b: number, rest = 1 - x): number {
  if (x <= 0) return 0;
  return x > (a + 1) / (a + b + 2) ? 1 - byFraction(rest, b, a, x) : byFraction(x, a, b, rest);
}

function byFraction(x: number, a: number, b: number, rest: number): number {
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(rest)) / a;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let c = 1;
  let fraction = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    fraction *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return front * fraction;
}
