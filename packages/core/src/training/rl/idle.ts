import { stepLabels } from "../../plugin/chain.ts";
import type { Resolved } from "../../plugin/resolved.ts";
import { compileFormula } from "../../formula/formula.ts";
import { effectiveNames, rangeOf } from "../../formula/range.ts";
import type { Formula } from "../../formula/meaning.ts";
import type { Range } from "../../formula/range.ts";
import type { Bounds, IdlePart, Surroundings } from "../../plugin/idle.ts";
import type { RlOptions } from "./options.ts";

/** The options of an `rl` stage as they are before anything is created: slots are resolved. */
interface ResolvedOptions extends Pick<RlOptions, "rollout" | "update"> {
  readonly reward: Pick<RlOptions["reward"], "formula" | "weights" | "normalise"> & {
    readonly rules: Readonly<Record<string, Resolved<"reward">>>;
  };
  readonly sampler: readonly Resolved<"sampler">[];
  readonly kl: Resolved<"kl"> | null;
  readonly advantage: readonly Resolved<"advantage">[];
  readonly loss: {
    readonly ratio: Resolved<"ratio">;
    readonly surrogate: Resolved<"surrogate">;
    readonly correction: readonly Resolved<"correction">[] | null;
    readonly mask: Resolved<"mask"> | null;
    readonly aggregate: Resolved<"aggregate">;
  };
}

/** The parts of an `rl` stage that can't act with these options. */
export function rlIdleParts(given: RlOptions): IdlePart[] {
  const options = given as unknown as ResolvedOptions;
  const { rollout, update, reward, kl } = options;
  const responses = rollout.prompts * rollout.samplesPerPrompt;
  const klOwn = kl?.own as { in: string; coefficient: number } | undefined;
  const around: Surroundings = {
    prompts: rollout.prompts,
    samplesPerPrompt: rollout.samplesPerPrompt,
    tokens: rollout.maxNewTokens,
    updates: update.epochs * Math.ceil(responses / Math.min(update.minibatch ?? responses, responses)),
    klInReward: klOwn?.in === "reward" && klOwn.coefficient > 0,
    stale: rollout.staleness > 0 && !options.loss.correction,
    incoming: null,
    returns: null,
  };
  const sampled = throughChain(options.sampler, { ...around, incoming: scoreBounds(reward) }, "sampler");
  const advantage = throughChain(options.advantage, { ...around, incoming: sampled.bounds }, "advantage");
  const loss = lossParts(options.loss, around);
  return [...rulesWithoutWeight(reward), ...klParts(klOwn), ...sampled.parts, ...advantage.parts, ...loss];
}

function lossParts({ correction, ...slots }: ResolvedOptions["loss"], around: Surroundings): IdlePart[] {
  const chain = correction ?? [];
  const labels = stepLabels(chain.map(({ component }) => component.name));
  const placed = [
    ...Object.entries(slots).map(([key, part]) => ({ part, path: ["loss", key] })),
    ...chain.map((part, index) => ({ part, path: ["loss", "correction", labels[index]!] })),
  ];
  return placed.flatMap(({ part, path }) => {
    const idle = part?.component.idle?.(part.options, around) ?? null;
    return idle === null ? [] : [{ ...idle, path }];
  });
}

/** What can't act in a chain, and between which numbers what comes out of it lies. */
function throughChain(
  chain: readonly Resolved<"advantage" | "sampler">[],
  around: Surroundings,
  key: string,
): { readonly parts: readonly IdlePart[]; readonly bounds: Bounds | null } {
  const labels = stepLabels(chain.map(({ component }) => component.name));
  const parts: IdlePart[] = [];
  let [incoming, returns] = [around.incoming, around.returns];
  for (const [index, { component, options }] of chain.entries()) {
    const here = { ...around, incoming, returns };
    const idle = component.idle?.(options, here) ?? null;
    if (idle !== null) parts.push({ ...idle, path: [key, labels[index]!] });
    incoming = component.bounds?.(options, here) ?? null;
    if (component.kind === "advantage" && component.takes === "scores" && component.gives === "tokens") returns = incoming;
  }
  return { parts, bounds: incoming };
}

/** Between which numbers the score lies, by the rules' ranges and the formula or weights; null where a rule doesn't say. */
function scoreBounds({ rules, formula, weights, normalise }: ResolvedOptions["reward"]): Bounds | null {
  if (normalise !== null) return null;
  const ranges = new Map<string, Range>();
  for (const [name, { component, options }] of Object.entries(rules)) {
    const range = component.range?.(options);
    if (range !== undefined) ranges.set(name, range);
  }
  const range = rangeOf(scoreFormula(rules, formula, weights), ranges);
  return range === null ? null : { low: range[0], high: range[1], what: "scores" };
}

function scoreFormula(rules: object, formula: string | null, weights: Readonly<Record<string, number>> | null): Formula {
  if (formula !== null) return compileFormula(formula, Object.keys(rules)).formula;
  const terms = Object.entries(weights ?? {}).map(([name, value]): Formula => ({
    type: "binary",
    operator: "*",
    left: { type: "number", value },
    right: { type: "name", name },
  }));
  return terms.reduce((left, right): Formula => ({ type: "binary", operator: "+", left, right }), { type: "number", value: 0 });
}

/** Rules that the score doesn't depend on. They are measured all the same. */
function rulesWithoutWeight({ rules, formula, weights }: ResolvedOptions["reward"]): IdlePart[] {
  const effective = effectiveNames(scoreFormula(rules, formula, weights));
  return Object.keys(rules)
    .filter((name) => !effective.has(name))
    .map((name) => ({
      path: ["reward", "rules", name],
      because: `the score doesn't depend on it (${formula === null ? "its weight is 0" : `formula: ${formula}`}), so it is measured only`,
      remedy: formula === null ? "a weight other than 0" : "a formula that reads it with a weight other than 0",
      as: null,
    }));
}

function klParts(own: { readonly coefficient: number } | undefined): IdlePart[] {
  if (own === undefined || own.coefficient > 0) return [];
  return [{ path: ["kl"], because: "its coefficient is 0", remedy: "a coefficient above 0", as: null }];
}
