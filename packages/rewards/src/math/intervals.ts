import type { Answer } from "./answer.ts";
import { evaluate } from "./numeric.ts";
import type { Verdict } from "./scalars.ts";

interface Interval {
  readonly low: number;
  readonly high: number;
  readonly lowClosed: boolean;
  readonly highClosed: boolean;
}

/**
 * Are two unions of intervals with numbers as ends the same set of numbers? [0, 1] ∪ [1, 2] is [0, 2]. Each is put in order and joined where two
 * overlap or touch; ends count as equal within 1e-9. null where one is no such union.
 */
export function compareIntervals(a: Answer, b: Answer): Verdict | null {
  const [one, other] = [intervalsOf(a), intervalsOf(b)];
  if (one === null || other === null) return null;
  const [left, right] = [joined(one), joined(other)];
  const same =
    left.length === right.length &&
    left.every(({ low, high, lowClosed, highClosed }, index) => {
      const there = right[index]!;
      return (
        isNear(low, there.low) && isNear(high, there.high) && lowClosed === there.lowClosed && highClosed === there.highClosed
      );
    });
  return same ? "equal" : "different";
}

function intervalsOf(answer: Answer): Interval[] | null {
  if (answer.kind === "union") {
    const parts = answer.parts.map(intervalsOf);
    return parts.includes(null) ? null : parts.flatMap((part) => part!);
  }
  if (answer.kind === "set" && !answer.bare) {
    const points = answer.parts.map(numberOf);
    return points.some(Number.isNaN) ? null : points.map((at) => ({ low: at, high: at, lowClosed: true, highClosed: true }));
  }
  if (answer.kind !== "sequence" || answer.parts.length !== 2) return null;
  const [low, high] = answer.parts.map(numberOf) as [number, number];
  if (!(low <= high) || !/^[([]$/.test(answer.open) || !/^[)\]]$/.test(answer.close)) return null;
  return [{ low, high, lowClosed: answer.open === "[", highClosed: answer.close === "]" }];
}

function numberOf(answer: Answer): number {
  if (answer.kind === "infinity") return answer.negative ? -Infinity : Infinity;
  return answer.kind === "scalar" ? evaluate(answer.expression, new Map(), Math.E).value : NaN;
}

function isNear(a: number, b: number): boolean {
  return a === b || (Number.isFinite(a - b) && Math.abs(a - b) <= 1e-9 * Math.abs(a)); // ∞ is near nothing else
}

function joined(intervals: readonly Interval[]): Interval[] {
  const filled = intervals.filter(({ low, high, lowClosed, highClosed }) => low < high || (lowClosed && highClosed));
  const made: Interval[] = [];
  for (const next of [...filled].sort((a, b) => a.low - b.low || Number(b.lowClosed) - Number(a.lowClosed))) {
    const last = made.at(-1);
    const touches =
      last !== undefined && (next.low < last.high || (isNear(next.low, last.high) && (next.lowClosed || last.highClosed)));
    if (!touches) made.push(next);
    else {
      const higher = next.high > last.high && !isNear(next.high, last.high);
      const highClosed = higher
        ? next.highClosed
        : isNear(next.high, last.high)
          ? last.highClosed || next.highClosed
          : last.highClosed;
      made[made.length - 1] = { ...last, high: higher ? next.high : last.high, highClosed };
    }
  }
  return made;
}
