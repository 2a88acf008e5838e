import { z } from "zod";
import { readAnswer, readThought, reward } from "@rewardlab/core";

/**
 * stated-choice-consistency: whether the choice that the thought ends with is the answer given.
 *
 *     score = agree       where the last choice stated in the thought = answer
 *             contradict  where it is the other one
 *             unclear     where no choice is stated, or no answer (1 or 2) is given
 *
 * A rule in place of the consistency judge of StableReinforce (arXiv 2505.02835), which shows a second model the last lines before <answer> and
 * the answer. The paper's reward is {0, 1}; the released code gives −1 for a contradiction: `{ contradict: -1 }`.
 *
 * A choice is stated by a verdict, "response 2 is (clearly, the, …) better | best | preferred | preferable | superior | correct | right" or
 * "choose | prefer | pick | select response 2", and the last verdict counts; or, where there is none, by "response 2" as the last words of the thought.
 * "Response 1 is not better" and "response 1 is worse" state nothing, nor does what follows not, n't, never, neither or nor within its clause:
 * "I don't prefer response 1", "neither response 1 nor response 2 is better". A clause ends at a mark or at so, but, and, since, … "Answer", "option" and "candidate" pass for "response".
 * Only the last `window` characters of the thought are read, since what was said on the way need not hold at the end.
 */
export const statedChoiceConsistency = reward({
  name: "stated-choice-consistency",
  version: 2,
  summary: "whether the choice stated at the end of the thought is the answer given",
  options: z.strictObject({
    agree: z.number().default(1).describe("score where thought and answer agree"),
    contradict: z.number().default(0).describe("score where they contradict; the released code of arXiv 2505.02835 has -1"),
    unclear: z.number().default(0).describe("score where the thought states no choice or no answer is given"),
    scale: z
      .enum(["zero-one", "signed"])
      .optional()
      .describe("the three at once: 1, 0, 0 (paper), or 1, -1, 0 (released code); absent: as they are given"),
    window: z.int().positive().default(300).describe("how many characters at the end of the thought are read"),
  }),
  checks: [
    {
      reads: ["scale", "agree", "contradict", "unclear"],
      find: ({ scale, agree, contradict, unclear }: Scores) =>
        scale === undefined || (agree === 1 && contradict === 0 && unclear === 0)
          ? []
          : [{ path: ["scale"], message: "is given, and so are scores of its outcomes, expected either" }],
    },
  ],
  range: (options) => {
    const { agree, contradict, unclear } = scoresBy(options);
    return [Math.min(agree, contradict, unclear), Math.max(agree, contradict, unclear)];
  },
  create: ({ window, ...options }) => ({
    score: ({ responses }) =>
      responses.map((response) => {
        const { agree, contradict, unclear } = scoresBy(options);
        const stated = statedChoice((readThought(response) ?? "").slice(-window));
        const answer = readAnswer(response);
        if (stated === null || (answer !== "1" && answer !== "2")) return unclear;
        return stated === answer ? agree : contradict;
      }),
  }),
});

interface Scores {
  readonly agree: number;
  readonly contradict: number;
  readonly unclear: number;
  readonly scale?: "zero-one" | "signed" | undefined;
}

function scoresBy(options: Scores): Omit<Scores, "scale"> {
  return options.scale === undefined ? options : { agree: 1, contradict: options.scale === "signed" ? -1 : 0, unclear: 0 };
}

const candidate = String.raw`\b(?:response|answer|option|candidate)\s*[-#]?\s*([12])\b`;
const verdict = new RegExp(
  String.raw`${candidate}\s+is\s+(?:(?!(?:not|no|never|neither)\b)[\w-]+\s+){0,3}?(?:better|best|preferred|preferable|superior|correct|right)\b` +
    String.raw`|\b(?:choose|prefer|pick|select)\s+${candidate}`,
  "gi",
);
const lastWords = new RegExp(String.raw`${candidate}[\s.!*:"')]*$`, "i");

const clauseEnd = /[.,;:!?\n]|\b(?:so|but|and|because|since|while|whereas|therefore|thus|hence|then)\b/i;
const negation = /\b(?:not(?!\s+only\b)|cannot|never|neither|nor)\b|n['’]t\b/i;

function statedChoice(text: string): string | null {
  const isDenied = ({ index }: RegExpExecArray) => negation.test(text.slice(0, index).split(clauseEnd).at(-1)!);
  const last = [...text.matchAll(verdict)].findLast((match) => !isDenied(match));
  const mention = lastWords.exec(text);
  return last?.[1] ?? last?.[2] ?? (mention && !isDenied(mention) ? mention[1]! : null);
}
