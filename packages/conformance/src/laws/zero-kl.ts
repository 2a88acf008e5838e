import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { show } from "../numbers.ts";
import { place, resultOf } from "../tensor-part.ts";
import type { TensorSubject } from "../tensor-part.ts";

/** A policy that is its reference pays nothing. */
export const zeroWhereEqual: Law<TensorSubject> = {
  name: "0 where policy and reference are equal",
  check: ({ create, numbers }) => {
    const equal = { ...numbers, refLogProbs: numbers.logProbs! };
    const { values, shape } = resultOf(create(), equal);
    const index = values.findIndex((value) => value !== 0);
    if (index === -1) return;
    broken({
      what: `with refLogProbs = logProbs the estimate is ${values[index]} at ${place(equal, shape, index)}`,
      input: show(equal),
      expected: "0",
      came: String(values[index]),
      likely:
        "An estimator is a function of x = log π − log π_ref that is 0 at 0; exp(−x) − 1 loses its last digits there: tf.expm1(tf.neg(x))",
    });
  },
};
