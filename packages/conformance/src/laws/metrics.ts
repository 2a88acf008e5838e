import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { everywhere, show } from "../numbers.ts";
import { resultOf } from "../tensor-part.ts";
import type { TensorSubject } from "../tensor-part.ts";

/** Metrics are columns of metrics.jsonl, and JSON has no NaN. */
export const recordsSoundMetrics: Law<TensorSubject> = {
  name: "records finite metrics with camelCase names",
  check: ({ create, numbers }) => {
    for (const given of [numbers, { ...numbers, mask: everywhere(0) }])
      expectSoundMetrics(resultOf(create(), given).metrics, show(given));
  },
};

export function expectSoundMetrics(metrics: Readonly<Record<string, number>>, input: string): void {
  for (const [name, value] of Object.entries(metrics)) {
    if (!/^[a-z][A-Za-z0-9]*$/.test(name))
      broken({ what: `it records a metric named ${JSON.stringify(name)}`, expected: "a camelCase name, e.g. clipFraction" });
    if (!Number.isFinite(value))
      broken({
        what: `its metric ${name} is ${value}`,
        input,
        expected: "a finite number",
        likely: "A fraction of no tokens is 0/0: metrics.share(name, part, whole) takes care of that",
      });
  }
}
