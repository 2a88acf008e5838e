import type { Expression } from "./expression.ts";
import { functions } from "./functions.ts";

/** The value of an expression where its names have these values, and how large anything on the way was, which tells how far rounding can reach. */
export interface Evaluated {
  readonly value: number;
  readonly largest: number;
}

const constants: Readonly<Record<string, number>> = { e: Math.E, pi: Math.PI };
const smallest = 1e-290;

/**
 * In doubles. `value` is NaN where the expression is not defined, and where doubles can't tell: beyond their range above or below,
 * so that 1/2004! is not taken for 0. `logBase` is what log without a base means.
 */
export function evaluate(expression: Expression, values: ReadonlyMap<string, number>, logBase: number): Evaluated {
  let largest = 0;
  const seen = (value: number) => {
    if (!Number.isFinite(value) || (value !== 0 && Math.abs(value) < smallest)) return NaN;
    largest = Math.max(largest, Math.abs(value));
    return value;
  };
  const valueOf = (each: Expression): number => {
    switch (each.type) {
      case "number": {
        const made = seen(ratioOf(each.top, each.bottom));
        return made === 0 && each.top !== 0n ? NaN : made;
      }
      case "name":
        return seen(values.get(each.name) ?? constants[each.name] ?? NaN);
      case "negate":
        return -valueOf(each.operand);
      case "binary": {
        const [left, right] = [valueOf(each.left), valueOf(each.right)];
        if (Number.isNaN(left)) return NaN; // NaN ** 0 is 1
        if (each.operator === "+") return seen(left + right);
        if (each.operator === "-") return seen(left - right);
        const made = seen(each.operator === "*" ? left * right : each.operator === "/" ? left / right : left ** right);
        return made === 0 && left !== 0 && (each.operator !== "*" || right !== 0) ? NaN : made; // too small for a double
      }
      case "call": {
        const [x, y = 0] = each.arguments.map(valueOf) as [number, number?];
        const made = seen(functions[each.function](x, y) / (each.function === "log" ? Math.log(logBase) : 1));
        return made === 0 && each.function === "exp" ? NaN : made;
      }
    }
  };
  return { value: valueOf(expression), largest };
}

/** Of integers that may be too large for a double each. */
export function ratioOf(top: bigint, bottom: bigint): number {
  const direct = Number(top) / Number(bottom);
  if (Number.isFinite(direct) && direct !== 0) return direct;
  return Number((top * 10n ** 18n) / bottom) / 1e18;
}
