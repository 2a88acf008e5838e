import { z } from "zod";
import { verdictOn } from "./judge.ts";
import type { Pair } from "./judge.ts";
import { checkCount, pictureIn } from "./pictures.ts";
import type { NamedPicture } from "./pictures.ts";
import { Problem } from "./problem.ts";
import { votesOf } from "./reward.ts";
import { checked } from "./serving.ts";
import type { Call, Reply, Serving } from "./serving.ts";

const texts = z.array(z.string()).max(1024);
const body = z.object({
  query: texts,
  prompts: texts,
  labels: z
    .array(z.string().nullable())
    .nullish()
    .transform((value) => value ?? null),
  // ours, which OpenRLHF doesn't send
  images: z.array(z.union([z.string(), z.array(z.string())])).optional(),
  votes: z.int().positive().optional(),
  seed: z.int().default(0),
});

/**
 * `POST /get_reward`, OpenRLHF's protocol for remote rewards (openrlhf/utils/agent.py, 3c3be62): `query` is the whole text of a sample, `prompts` the prompts
 * that they begin with, `labels` what the data say of each. What is served here compares two responses, so a sample is compared with a reference, its label, or
 * where it has none with the other samples of its prompt in the request; its reward is the share of votes that prefer it, half of them asked in either order.
 */
export async function getReward(serving: Serving, { body: given, signal }: Call): Promise<Reply> {
  const { query, prompts, labels, images, votes: wanted, seed } = checked(body, given);
  for (const [name, list] of Object.entries({ prompts, labels, images }))
    if (list !== undefined && list !== null && list.length !== query.length)
      throw new Problem(
        400,
        "invalid_request",
        `${name}: there are ${list.length}, expected ${query.length}, one for each query`,
        {
          param: name,
        },
      );
  const votes = votesOf(serving, wanted ?? Math.max(2, serving.votes), "votes");
  const samples = query.map((whole, index) => sampleOf(whole, prompts[index]!, index));
  const opponents = samples.map(({ prompt, response }, index) => {
    const label = labels?.[index] ?? "";
    if (label !== "") return [label];
    const others = samples.filter((one, at) => at !== index && one.prompt === prompt).map((one) => one.response);
    if (others.length === 0)
      throw new Problem(
        400,
        "no_reference",
        `labels[${index}]: is empty, and no other query has this prompt; expected a response to compare ${JSON.stringify(response.slice(0, 40))} with`,
        { param: `labels[${index}]` },
      );
    return others;
  });
  const comparisons = opponents.reduce((sum, { length }) => sum + length, 0);
  if (comparisons > MOST_COMPARISONS)
    throw new Problem(
      400,
      "too_many_comparisons",
      `${comparisons} comparisons of samples with one another, expected at most ${MOST_COMPARISONS}; give references as labels`,
      { param: "query" },
    );
  const pictures: NamedPicture[][] = [];
  for (const index of query.keys()) pictures.push(await picturesOf(serving, images?.[index] ?? [], index));
  const scored = await Promise.all(
    samples.map(async ({ prompt, response }, index) => {
      const common = { question: prompt, pictures: pictures[index]!, swap: votes > 1, weight: "majority" as const };
      const asked = { votes, temperature: 1, maxNewTokens: null, seed, signal, param: `query[${index}]` };
      const all = await Promise.all(
        opponents[index]!.map((other): Promise<Wins> => winsOf(serving, { ...common, ...asked, responses: [response, other] })),
      );
      return all.reduce((a, b) => ({ won: a.won + b.won, read: a.read + b.read, asked: a.asked + b.asked }));
    }),
  );
  const unread = scored.flatMap(({ read }, index) => (read === 0 ? [index] : []));
  if (unread.length > 0)
    throw new Problem(
      502,
      "no_verdict",
      `no vote can be read on query ${unread.slice(0, 10).join(", ")}: a reward of 0 would be a verdict. More votes, or a better judge`,
      { param: "query" },
    );
  const rewards = scored.map(({ won, read }) => won / read);
  const logs = { votes: scored.map(({ asked }) => asked), unreadable: scored.map(({ asked, read }) => asked - read) };
  return { json: { rewards, scores: rewards, extra_logs: logs } };
}

const MOST_COMPARISONS = 4096;

interface Wins {
  /** Votes for the first response; a tie is half a vote. */
  readonly won: number;
  readonly read: number;
  readonly asked: number;
}

async function winsOf(serving: Serving, pair: Pair): Promise<Wins> {
  const { judgements } = await verdictOn(serving, pair);
  const read = judgements.filter(({ choice }) => choice !== null);
  const won = read.reduce((sum, { choice }) => sum + (choice === 1 ? 1 : choice === "tie" ? 0.5 : 0), 0);
  return { won, read: read.length, asked: judgements.length };
}

/**
 * What a query adds to its prompt. Decoders may write a begin token before the prompt, and end and padding tokens after the response: those that are spelt
 * `<|…|>`, `</s>`, `<eos>`, `<pad>` or `<end_of_turn>` at the very end are not the response's.
 */
function sampleOf(whole: string, prompt: string, index: number): { readonly prompt: string; readonly response: string } {
  const param = `query[${index}]`;
  const at = whole.indexOf(prompt);
  if (at < 0)
    throw new Problem(
      400,
      "invalid_request",
      `${param}: doesn't hold its prompt, expected prompts[${index}] and the response after it`,
      {
        param,
      },
    );
  const after = whole.slice(at + prompt.length).trim();
  const response = withoutEnd(after);
  if (response === "")
    throw new Problem(400, "invalid_request", `${param}: nothing follows the prompt, expected a response`, { param });
  return { prompt, response };
}

const END = /(?:<\|[^<>|\s]{1,40}\|>|<\/s>|<eos>|<pad>|<end_of_turn>)$/;

function withoutEnd(text: string): string {
  let left = text;
  for (let end = END.exec(left.slice(-50)); end !== null; end = END.exec(left.slice(-50)))
    left = left.slice(0, left.length - end[0].length).trimEnd();
  return left;
}

async function picturesOf(
  { pictures: limits }: Serving,
  given: string | readonly string[],
  index: number,
): Promise<NamedPicture[]> {
  const all = typeof given === "string" ? [given] : given;
  checkCount(all.length, limits, `images[${index}]`);
  const pictures: NamedPicture[] = [];
  for (const [nth, one] of all.entries()) pictures.push(await pictureIn(one, `images[${index}][${nth}]`, limits));
  return pictures;
}
