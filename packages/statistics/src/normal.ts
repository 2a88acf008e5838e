/** The standard normal density φ. */
export function normalDensity(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * The standard normal distribution function Φ, right to 1e-14 of its value.
 *
 *     z > 0      Φ(z) = 1 − Φ(−z)
 *     z > −3     Φ(z) = ½ + φ(z) (z + z³/3 + z⁵/(3·5) + …)          (Marsaglia 2004, J. Stat. Software 11(4))
 *     z ≤ −3     Φ(z) = φ(z) / (−z + 1/(−z + 2/(−z + 3/…)))         (Laplace's continued fraction; Abramowitz and Stegun 26.2.14)
 */
export function normalCdf(z: number): number {
  if (z > 0) return 1 - normalCdf(-z);
  if (z > -3) {
    let term = z;
    let series = z;
    for (let odd = 3; Math.abs(term) > 1e-17; odd += 2) {
      term *= (z * z) / odd;
      series += term;
    }
    return 0.5 + normalDensity(z) * series;
  }
  let fraction = -z;
  for (let step = 150; step > 0; step--) fraction = -z + step / fraction;
  return normalDensity(z) / fraction;
}

/**
 * Its inverse, Φ⁻¹(p); ±∞ at 0 and 1. Starts at Abramowitz and Stegun's 26.2.23 (4.5e-4) and goes on by Halley's method, which triples
 * the right digits with each step.
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : NaN;
  if (p > 0.5) return -normalQuantile(1 - p);
  const t = Math.sqrt(-2 * Math.log(p));
  let z = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
  for (let step = 0; step < 2; step++) {
    const newton = (normalCdf(z) - p) / normalDensity(z);
    z -= newton / (1 + (z * newton) / 2);
  }
  return z;
}
