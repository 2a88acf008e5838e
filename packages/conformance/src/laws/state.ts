import type { Kind } from "@rewardlab/core";
import type { CreatedPart } from "@rewardlab/core/testing";
import { keepsState } from "../subject.ts";
import type { Subject } from "../subject.ts";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";

/** What a part gives for the first and for the second of two inputs, as text. */
type Observe<K extends Kind> = (part: CreatedPart<K>["part"], input: 0 | 1) => string;

/** A part that keeps something goes on from a checkpoint as if it had never been stopped: what it gives next depends on its input and its saved state alone. */
export function goesOnFromItsState<K extends Kind>(observerOf: (subject: Subject<K>) => Observe<K>): Law<Subject<K>> {
  return {
    name: "goes on from its saved state",
    check: (subject) => {
      if (!keepsState(subject)) return;
      const observe = observerOf(subject);
      const whole = subject.createKeeping();
      const resumed = subject.createKeeping();
      try {
        observe(whole.part, 0);
        const { values, tensors } = whole.states.save();
        const copies = Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor.clone()]));
        resumed.states.restore({ values: JSON.parse(JSON.stringify(values)) as Record<string, unknown>, tensors: copies });
        const [expected, came] = [observe(whole.part, 1), observe(resumed.part, 1)];
        if (came !== expected)
          broken({
            what: "a second call after its state was saved and restored in a part created anew gives something else",
            expected,
            came,
            likely:
              "It keeps part of what it remembers outside `State` (in a variable of `create`), or read its state once, when it was created: call `get()` where it is used",
          });
      } finally {
        whole.states.dispose();
        resumed.states.dispose();
      }
    },
  };
}
