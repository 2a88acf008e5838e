import { test } from "uvu";
import * as assert from "uvu/assert";
import { isUnit, unitOf } from "./units.ts";
import { Unreadable } from "./unreadable.ts";

/** "m^1 1/100": the dimensions, and what one of it is in their first units, in lowest terms. */
const read = (written: string) => {
  const { dimensions, top, bottom } = unitOf(written);
  const divisor = greatestCommonDivisor(top, bottom);
  return `${dimensions} ${top / divisor}/${bottom / divisor}`;
};
const greatestCommonDivisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : greatestCommonDivisor(b, a % b));
const all = (pairs: readonly (readonly [written: string, unit: string])[]) => {
  for (const [written, unit] of pairs) assert.is(read(written), unit, written);
};
const refused = (written: string, message: string) =>
  assert.throws(
    () => unitOf(written),
    (error: unknown) => error instanceof Unreadable && error.message === message,
    written,
  );

test("units: names, their plurals, and symbols whose case counts", () => {
  all([["cm", "m^1 1/100"], ["Metres", "m^1 1/1"], ["feet", "m^1 381/1250"], ["FEET", "m^1 381/1250"], ["inches", "m^1 127/5000"], ["hrs", "s^1 3600/1"]]); // prettier-ignore
  all([["mL", "L^1 1/1000"], ["ml", "L^1 1/1000"], ["ML", "L^1 1/1000"], ["KG", "g^1 1000/1"], ["kg.", "g^1 1000/1"], ["Pa", "Pa^1 1/1"], ["kPa", "Pa^1 1000/1"], ["nm", "m^1 1/1000000000"], ["MM", "m^1 1/1000"]]); // prettier-ignore
  all([["people", "#person^1 1/1"], ["Vertices", "#vertex^1 1/1"], ["apples", "#apple^1 1/1"], ["glass", "#glass^1 1/1"], ["units", "unit^1 1/1"]]); // prettier-ignore
  for (const none of ["M", "X", "cs", "gs", "zillion", "ms apple pie zz"]) assert.is(isUnit(none), false, none);
  for (const one of ["m", "s", "ms", "L", "l", "N", "A"]) assert.is(isUnit(one), true, one);
  refused("zillion", 'the word "zillion" may change what stands before it');
  assert.throws(() => unitOf("z".repeat(50)), (error: unknown) => error instanceof Unreadable && error.reason === "word" && error.message.includes(`"${"z".repeat(30)}"`)); // prettier-ignore
});

test("units: powers, before and behind", () => {
  // 1 cm² = 10⁻⁴ m², 1 km³ = 10⁹ m³, 1 ft² = (381/1250)² m² = 145161/1562500 m²
  all([["cm^2", "m^2 1/10000"], ["cm^{2}", "m^2 1/10000"], ["cm ^ { 2 }", "m^2 1/10000"], ["square cm", "m^2 1/10000"], ["sq cm", "m^2 1/10000"], ["cm squared", "m^2 1/10000"]]); // prettier-ignore
  all([["km^3", "m^3 1000000000/1"], ["cubic km", "m^3 1000000000/1"], ["cu km", "m^3 1000000000/1"], ["km cubed", "m^3 1000000000/1"], ["square feet", "m^2 145161/1562500"]]); // prettier-ignore
  all([["m^9", "m^9 1/1"], ["cm^-1", "m^-1 100/1"], ["square", "#square^1 1/1"], ["square m s", "m^2 s^1 1/1"], ["m m", "m^2 1/1"]]); // prettier-ignore
  assert.is(read("m^10"), "m^10 1/1"); // m, and nine more
  refused("m^11", "a unit to the power of 10");
  refused("m^{-9}", "a unit to the power of -10");
  refused("cubic", "a power of no unit");
  refused("m square", "a power of no unit");
  refused("m^2^2", 'the word "^2" may change what stands before it');
  refused("^2", 'the word "^2" may change what stands before it');
});

test("units: quotients", () => {
  // 1 mile/hour = (201168/125 m)/(3600 s) = 1397/3125 m/s, 1 km/h = (1000 m)/(3600 s) = 5/18 m/s; (60 s)² = 3600 s²
  all([["m/s", "m^1 s^-1 1/1"], ["km/h", "m^1 s^-1 5/18"], ["km per hour", "m^1 s^-1 5/18"], ["kph", "m^1 s^-1 5/18"], ["kmh", "m^1 s^-1 5/18"], ["mph", "m^1 s^-1 1397/3125"], ["MPH", "m^1 s^-1 1397/3125"]]); // prettier-ignore
  all([["m/s^2", "m^1 s^-2 1/1"], ["m/s squared", "m^1 s^-2 1/1"], ["km/min^2", "m^1 s^-2 5/18"], ["g per cubic cm", "g^1 m^-3 1000000/1"], ["m / m", "none 1/1"], ["s m", "m^1 s^1 1/1"]]); // prettier-ignore
  refused("m/", "a unit that ends with per");
  refused("m per", "a unit that ends with per");
});

test("units: LaTeX around them", () => {
  all([["\\text{ cm}^2", "m^2 1/10000"], ["\\text{cm}\\cdot\\text{s}", "m^1 s^1 1/100"], ["N*m", "N^1 m^1 1/1"], ["N \\times m", "N^1 m^1 1/1"], ["^\\circ", "°^1 1/1"], ["^\\circ C", "°C^1 1/1"], ["° F", "°F^1 1/1"], ["degrees", "°^1 1/1"]]); // prettier-ignore
  all([
    ["$", "$^1 1/1"],
    ["¢", "$^1 1/100"],
    ["cents", "$^1 1/100"],
    ["€", "€^1 1/1"],
  ]);
  assert.is(unitOf("\\text{dollars} per hour").dimensions, "$^1 s^-1");
});

test.run();
