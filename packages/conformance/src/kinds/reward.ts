import type { PreferenceItem, RewardBatch, RewardOutcome } from "@rewardlab/core";
import { messageOf } from "@rewardlab/core";
import { near } from "../compare.ts";
import { plainItems, plainResponses } from "../items.ts";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import { expectNoLeakAsync } from "../laws/leaks.ts";
import { DECLARES, expectDeclared, expectSoundMetrics } from "../laws/metrics.ts";
import { drawsRandomNumbers } from "../subject.ts";
import type { Subject } from "../subject.ts";

type RewardLaw = Law<Subject<"reward">>;

/** Every response, each to one of the items in turn, which are copies: a rule that changes them must not spoil those of the next. */
function batchOf({ examples }: Subject<"reward">): RewardBatch {
  const responses = [...(examples.responses ?? []), ...plainResponses];
  const items = examples.items ?? plainItems;
  return { responses, items: responses.map((_, index) => structuredClone(items[index % items.length]!)) };
}
const chosen = ({ responses, items }: RewardBatch, rows: readonly number[]): RewardBatch => ({
  responses: rows.map((row) => responses[row]!),
  items: rows.map((row) => items[row]!),
});
const shown = ({ responses, items }: RewardBatch, row: number) =>
  `response ${JSON.stringify(responses[row]!.length > 200 ? `${responses[row]!.slice(0, 200)}…` : responses[row])}\nitem ${JSON.stringify(readable(items[row]!))}`;
const readable = (item: PreferenceItem) => ({ ...item, images: item.images.length });

const outcomes: RewardLaw = {
  name: "a finite number or a reason for each response",
  check: async (subject) => {
    const batch = batchOf(subject);
    for (const [row] of batch.responses.entries()) {
      const one = chosen(batch, [row]);
      const given = await Promise.resolve()
        .then(() => subject.create().part.score(one))
        .catch((error: unknown) =>
          broken({
            what: `it threw: ${messageOf(error)}`,
            input: shown(one, 0),
            expected: "a score, or { invalid: reason } where the rule cannot tell",
            likely: "A rule that throws stops the run. Policies write anything: check what was read before it is used",
          }),
        );
      expectOutcomes(given, one);
    }
    expectOutcomes(await subject.create().part.score(batch), batch);
  },
};

function expectOutcomes(given: readonly RewardOutcome[], batch: RewardBatch): void {
  const count = batch.responses.length;
  if (!Array.isArray(given) || given.length !== count)
    broken({
      what: `it gave ${Array.isArray(given) ? `${given.length} outcomes` : String(given)} for ${count} responses`,
      expected: "a list with an outcome for each response, in their order",
      likely: "Use responses.map(…); a filter leaves responses out",
    });
  given.forEach((outcome, row) => {
    const invalid = typeof outcome === "object" && outcome !== null ? outcome.invalid : undefined;
    if (typeof outcome === "number" ? Number.isFinite(outcome) : typeof invalid === "string" && invalid.trim() !== "") return;
    broken({
      what: `its outcome is ${JSON.stringify(outcome) === "null" ? String(outcome) : JSON.stringify(outcome)}`,
      input: shown(batch, row),
      expected: "a finite number, or { invalid: reason }",
      likely:
        'Where a rule cannot tell it says why: return { invalid: "no number in the answer" }. It is counted, and never becomes 0',
    });
  });
}

const rowByRow: RewardLaw = {
  name: "each response is scored by itself",
  check: async (subject) => {
    const { part } = subject.create();
    if (part.comparesBatch) return;
    const batch = batchOf(subject);
    const whole = await part.score(batch);
    for (const [row, expected] of whole.entries()) {
      const alone = [...(await part.score(chosen(batch, [row]))), ...(await part.score(chosen(batch, [row])))]; // twice, for what a rule may keep
      const other = alone.find((outcome) => !sameOutcome(outcome, expected));
      if (other !== undefined)
        broken({
          what: "a response alone has another outcome than in a batch",
          input: shown(batch, row),
          expected: `${JSON.stringify(expected)}, as in the batch of ${whole.length}`,
          came: JSON.stringify(other),
          likely:
            "It looks at the other responses, or a regular expression with the flag g keeps its lastIndex. If it is meant to compare the batch, say so on the part: comparesBatch: true",
        });
    }
  },
};

const inOrder: RewardLaw = {
  name: "permuting the responses permutes the outcomes",
  check: async (subject) => {
    const { part } = subject.create();
    const batch = batchOf(subject);
    const whole = await part.score(batch);
    const order = whole.map((_, row) => whole.length - 1 - row);
    const came = await part.score(chosen(batch, order));
    order.forEach((from, row) => {
      if (!sameOutcome(came[row]!, whole[from]!))
        broken({
          what: "with the responses in another order, one has another outcome",
          input: shown(batch, from),
          expected: JSON.stringify(whole[from]),
          came: JSON.stringify(came[row]),
          likely: "It uses the row's number or its neighbours, or keeps something from one response to the next",
        });
    });
  },
};

const sameAgain: RewardLaw = {
  name: "same input, same outcomes",
  check: async (subject) => {
    const { part } = subject.create();
    const batch = batchOf(subject);
    const first = await part.score(batch);
    const compare = (again: readonly RewardOutcome[], when: string) =>
      first.forEach((outcome, row) => {
        if (JSON.stringify(again[row]) !== JSON.stringify(outcome))
          broken({
            what: `${when} gives another outcome`,
            input: shown(batch, row),
            expected: JSON.stringify(outcome),
            came: JSON.stringify(again[row]),
            likely:
              "It keeps state between calls, or draws by Math.random; random numbers come from `inject: { random: Random }`",
          });
      });
    compare(await subject.create().part.score(batch), "a part created anew");
    if (!drawsRandomNumbers(subject)) compare(await part.score(batch), "a second call");
  },
};

const inputsStay: RewardLaw = {
  name: "leaves its inputs as they are",
  check: async (subject) => {
    const batch = batchOf(subject);
    const before = JSON.stringify(batch, bytesAsText);
    await subject.create().part.score(batch);
    if (JSON.stringify(batch, bytesAsText) !== before)
      broken({
        what: "it changed the responses or the items",
        likely: "sort, reverse, push and splice change a list in place: copy it first. Other rules get the same items",
      });
  },
};
const bytesAsText = (_key: string, value: unknown) => (value instanceof Uint8Array ? value.join(",") : value);

const leaks: RewardLaw = {
  name: "leaks no tensor",
  check: async (subject) => {
    const { part, metrics } = subject.create();
    const batch = batchOf(subject);
    await expectNoLeakAsync("a call", async () => {
      await part.score(batch);
      metrics.take();
    });
  },
};

const metricsAreSound: RewardLaw = {
  name: "records finite metrics with camelCase names",
  check: async (subject) => {
    const { part, metrics } = subject.create();
    await part.score(batchOf(subject));
    expectSoundMetrics(metrics.take(), "the responses that conformance has for every rule");
  },
};

const metricsAreDeclared: RewardLaw = {
  name: DECLARES,
  check: async (subject) => {
    const { part, metrics, declared } = subject.create();
    await part.score(batchOf(subject));
    expectDeclared(metrics.take(), declared);
  },
};

function sameOutcome(given: RewardOutcome, expected: RewardOutcome): boolean {
  if (typeof given === "number" && typeof expected === "number") return near(given, expected);
  return JSON.stringify(given) === JSON.stringify(expected);
}

export const rewardLaws: readonly RewardLaw[] = [
  outcomes,
  rowByRow,
  inOrder,
  sameAgain,
  inputsStay,
  leaks,
  metricsAreSound,
  metricsAreDeclared,
];
