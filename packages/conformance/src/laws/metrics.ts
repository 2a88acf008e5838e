import { suggestion } from "@rewardlab/core";
import type { DeclaredMetric } from "@rewardlab/core";
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

/** The law of metrics: camelCase names, finite numbers. `input`: what the component was given, for the message. */
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

/** The law's name, also of the kinds that are no functions of tensors. */
export const DECLARES = "declares the metrics that it records";

/** The report says what a metric means in the words of whoever records it; it knows no component by name. */
export const declaresItsMetrics: Law<TensorSubject> = {
  name: DECLARES,
  check: ({ create, numbers }) => {
    const part = create();
    expectDeclared(resultOf(part, numbers).metrics, part.declared);
  },
};

/** The law of declared metrics: whatever is recorded is declared, and each declaration is whole. */
export function expectDeclared(
  recorded: Readonly<Record<string, number>>,
  declared: Readonly<Record<string, DeclaredMetric>>,
): void {
  const names = Object.keys(declared);
  for (const [name, one] of Object.entries(declared)) expectWhole(name, one, names);
  for (const [name, value] of Object.entries(recorded)) {
    if (!Object.hasOwn(declared, name))
      broken({
        what: `it records the metric ${JSON.stringify(name)}, which it doesn't declare.${suggestion(name, names)}`,
        expected: `its title and what it means: metrics: { ${name}: { title: "…", meaning: "…" } }`,
        likely: "What a function of core records has its declarations beside it: metrics: { ...ratioMetrics }",
      });
    if (declared[name]!.unit === "share" && (value < 0 || value > 1 + 1e-6))
      broken({
        what: `its metric ${name} is ${value}, and it declares a share`,
        expected: "a number from 0 to 1",
        likely: "Record it as metrics.share(name, part, whole), or declare no unit",
      });
  }
}

/** With the options at hand its texts say something, and what it names is there. */
function expectWhole(name: string, { title, meaning, zero, near, guard, unit }: DeclaredMetric, names: readonly string[]): void {
  if (!/^[a-z][A-Za-z0-9]*$/.test(name.split(".")[0]!))
    broken({ what: `it declares a metric named ${JSON.stringify(name)}`, expected: "a camelCase name, e.g. clipFraction" });
  for (const [key, text] of Object.entries({ title, meaning, ...(zero === undefined ? {} : { zero }) }))
    if (typeof text !== "string" || text.trim() === "" || text.includes("undefined"))
      broken({
        what: `the ${key} of its metric ${name} is ${JSON.stringify(text)}`,
        expected:
          key === "title" ? "the name of an axis, e.g. Clipped tokens" : "a sentence, with the options in it where they matter",
      });
  if (near !== undefined && !names.includes(near))
    broken({
      what: `its metric ${name} has near: ${JSON.stringify(near)}, which it doesn't declare.${suggestion(near, names)}`,
      expected: "another metric that it records, whose largest value tells how near the guard came",
    });
  if (guard && unit === "number")
    broken({
      what: `its metric ${name} says how often a guard acted, and has no unit`,
      expected: 'unit: "share", of all that it guards, or unit: "count"',
    });
}
