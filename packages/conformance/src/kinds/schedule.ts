import type { Law } from "../law.ts";
import { broken } from "../law.ts";
import type { Subject } from "../subject.ts";

const lengths = [1, 2, 10, 1000];

const finite: Law<Subject<"schedule">> = {
  name: "a finite factor of at least 0 at every step",
  check: ({ create }) => {
    const { part } = create();
    for (const steps of lengths)
      for (let step = 0; step < steps; step++) {
        const factor = part.factor(step, steps);
        if (!(Number.isFinite(factor) && factor >= 0))
          broken({
            what: `factor(${step}, ${steps}) is ${String(factor)}`,
            expected: "a finite number of at least 0",
            likely:
              factor < 0
                ? "A line that falls below 0 after its end: Math.max(0, …)"
                : "A division by steps − warmup or steps − 1, which may be 0",
          });
      }
  },
};

const pure: Law<Subject<"schedule">> = {
  name: "the same factor whenever it is asked",
  check: ({ create }) => {
    const [part, again] = [create().part, create().part];
    for (const steps of lengths) {
      const factors = Array.from({ length: steps }, (_, step) => part.factor(step, steps));
      for (let step = steps - 1; step >= 0; step--)
        for (const [who, factor] of [
          ["a second call", part.factor(step, steps)],
          ["a part created anew", again.factor(step, steps)],
        ] as const)
          if (!Object.is(factor, factors[step]))
            broken({
              what: `factor(${step}, ${steps}) is another in ${who}`,
              expected: String(factors[step]),
              came: String(factor),
              likely:
                "It counts its calls, or draws random numbers. A run that goes on from a checkpoint asks from the middle: use `step`",
            });
    }
  },
};

export const scheduleLaws: readonly Law<Subject<"schedule">>[] = [finite, pure];
