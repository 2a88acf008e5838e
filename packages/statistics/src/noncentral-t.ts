import { logGamma } from "./beta.ts";
import { normalCdf } from "./normal.ts";

/**
 * P(T′ > t) for t > 0 and the noncentral t distribution T′ = (Z + δ) / U with U = √(χ²_ν / ν):
 *
 *     P(T′ > t) = ∫₀^∞ Φ(δ − t u) f(u) du          f(u) = 2 (ν/2)^{ν/2} / Γ(ν/2) · u^{ν−1} e^{−ν u²/2}
 *
 * by Simpson's rule, in pieces where Φ falls from 1 to 0 (u = δ/t ± 9/t) and where it doesn't. Right to about 1e-8.
 * (A series such as Lenth's AS 243 underflows for the δ that two or three seeds need.)
 */
export function noncentralTUpper(t: number, degrees: number, noncentrality: number): number {
  const logConstant = Math.log(2) + (degrees / 2) * Math.log(degrees / 2) - logGamma(degrees / 2);
  const density = (u: number) =>
    u === 0
      ? degrees === 1
        ? Math.exp(logConstant)
        : 0
      : Math.exp(logConstant + (degrees - 1) * Math.log(u) - (degrees * u * u) / 2);
  const integrand = (u: number) => normalCdf(noncentrality - t * u) * density(u);
  const least = Math.max(0, 1 - 9 / Math.sqrt(degrees));
  const most = 1 + 9 / Math.sqrt(degrees);
  const within = (u: number) => Math.min(most, Math.max(least, u));
  const from = within((noncentrality - 9) / t);
  const to = within((noncentrality + 9) / t);
  return Math.min(1, simpson(density, least, from) + simpson(integrand, from, to)); // beyond `to` Φ is 0
}

function simpson(f: (u: number) => number, from: number, to: number): number {
  if (to <= from) return 0;
  const step = (to - from) / PANELS;
  let sum = f(from) + f(to);
  for (let at = 1; at < PANELS; at++) sum += (at % 2 === 1 ? 4 : 2) * f(from + at * step);
  return (sum * step) / 3;
}
const PANELS = 1000;
