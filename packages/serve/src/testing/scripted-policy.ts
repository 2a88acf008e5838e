import type { Ask, Policy, Sampled } from "../question.ts";

/** What a scripted policy was asked, batch by batch. */
export interface ScriptedPolicy extends Policy {
  readonly batches: Ask[][];
  /** Batches wait until this is called with true; false: they wait again. */
  open(gate: boolean): void;
}

/** A policy that says what it is told to, a few characters at a time: each character is a token, whose log-probability is −0.5. */
export function scriptedPolicy(say: (ask: Ask, sample: number) => string, contextLength = 10_000): ScriptedPolicy {
  const batches: Ask[][] = [];
  let wait = Promise.resolve();
  let release = () => {};
  const sampledOf = (text: string, { maxNewTokens }: Ask): Sampled => {
    const said = text.slice(0, maxNewTokens);
    const ids = [...said].map((one) => one.codePointAt(0)!);
    const finish = said.length < text.length ? "length" : "stop";
    return { text: said, ids, logProbs: ids.map(() => -0.5), tokens: ids.length, finish, confidence: Math.exp(-0.5) };
  };
  return {
    name: "scripted",
    converses: true,
    contextLength,
    promptTokens: (question) =>
      ("item" in question ? question.item.question : JSON.stringify(question.conversation.messages)).length,
    spelt: (id) => String.fromCodePoint(id),
    batches,
    open(gate) {
      if (gate) release();
      else wait = new Promise((resolve) => (release = resolve));
    },
    async sample(asks) {
      batches.push([...asks]);
      await wait;
      return Promise.all(
        asks.map(async (ask) => {
          const texts = Array.from({ length: ask.samples }, (_, sample) => say(ask, sample));
          for (const [sample, text] of texts.entries())
            for (let end = 3; ask.onText !== undefined && end < text.length; end += 3) {
              ask.onText(sample, text.slice(0, Math.min(end, ask.maxNewTokens)));
              await new Promise((resolve) => setImmediate(resolve));
            }
          return texts.map((text) => sampledOf(text, ask));
        }),
      );
    },
  };
}

/** A judgement in the usual form. */
export const judged = (answer: string | number, thought = "because") => `<think>${thought}</think><answer>${answer}</answer>`;
