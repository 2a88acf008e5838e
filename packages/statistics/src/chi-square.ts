import { logGamma } from "./beta.ts";

/** P(X ≤ x) for χ² with some degrees of freedom: the regularised incomplete gamma function P(ν/2, x/2), by series or continued fraction (DLMF 8.11.4, 8.9.2). */
export function chiSquareCdf(x: number, degrees: number): number {
  if (x <= 0) return 0;
  const [a, z] = [degrees / 2, x / 2];
  const front = Math.exp(a * Math.log(z) - z - logGamma(a));
  if (z < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; term > 1e-16 * sum; n++) sum += term *= z / (a + n);
    return front * sum;
  }
  let b = z + 1 - a; // Lentz's method
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < 10_000; n++) {
    b += 2;
    const numerator = -n * (n - a);
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return 1 - front * fraction;
}

/** Its inverse in x, for shares strictly between 0 and 1: by Newton's method in log x, kept within what is known to lie on either side. */
export function chiSquareQuantile(share: number, degrees: number): number {
  const a = degrees / 2;
  let x = degrees; // the mean
  let [low, high] = [0, Infinity];
  for (let step = 0; step < 100; step++) {
    const error = chiSquareCdf(x, degrees) - share;
    if (error > 0) high = x;
    else low = x;
    const slope = Math.exp(a * Math.log(x / 2) - x / 2 - logGamma(a)); // d cdf / d log x
    let next = x * Math.exp(-error / slope);
    if (!(next > low && next < high)) next = high === Infinity ? 2 * x : (low + high) / 2;
    if (Math.abs(next - x) <= 1e-14 * x) return next;
    x = next;
  }
  return x;
}
