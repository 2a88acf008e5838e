import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { benchmarkNamed, checkPrompt, filled, judgePairs, readBenchmark, scorePredictions } from "./index.ts";
import type { Asked, Judge } from "./index.ts";

const test = suite<{ folder: string; data: string }>("judging");
const vl = benchmarkNamed("vl-rewardbench");

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "judging-"));
  context.data = join(context.folder, "data.jsonl");
  const rows = [0, 1, 2, 3, 4].map((n) => ({
    id: `${["mmmu", "RLHF-V", "wild"][n % 3]}_${n}`,
    prompt: `q${n}`,
    chosen: `good ${n}`,
    rejected: `bad ${n}`,
    image: "a.png",
  }));
  writeFileSync(context.data, rows.map((row) => JSON.stringify(row)).join("\n"));
  writeFileSync(join(context.folder, "a.png"), "");
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

/** A judge that prefers what begins with "good", but always says 1 of some questions. */
function scripted(biased: readonly string[] = [], failsAt = Infinity) {
  const asked: Asked[] = [];
  const judge: Judge = {
    settings: { judge: "scripted" },
    batch: 2,
    async judge(batch) {
      if (asked.length + batch.length > failsAt) throw new Error("away");
      asked.push(...batch);
      return batch.map(({ question, responses }) => {
        const right = responses[0].startsWith("good") ? 1 : 2;
        return `<think>…</think><answer>${biased.includes(question) ? 1 : right}</answer>`;
      });
    },
  };
  return { judge, asked };
}
const judging = (context: { folder: string; data: string }, more: object = {}) => ({
  benchmark: vl.name,
  data: context.data,
  pairs: readBenchmark(vl, context.data),
  orders: "both" as const,
  seed: 1,
  folder: join(context.folder, "out"),
  progress: () => {},
  ...more,
});

test("both orders: what a judge says is a row the benchmark's script reads, and its bias is seen", async (context) => {
  const { judge, asked } = scripted(["q0", "q1"]);
  const file = await judgePairs(judge, judging(context));
  assert.is(asked.length, 10);
  const { figures, positionBias, notes } = scorePredictions(vl, file);
  assert.is(figures.values.overall, 0.8);
  assert.equal(positionBias, { chosenFirst: 1, chosenSecond: 0.6, choosesFirst: 0.7, consistent: 0.6 });
  assert.not.match(notes.join(), "doesn't say in which order");
  const [row] = readFileSync(file, "utf8").split("\n");
  assert.equal(JSON.parse(row!), {
    id: "mmmu_0",
    nth: 0,
    order: "chosen-first",
    choice: 1,
    rewards: [1, 0],
    words: "<think>…</think><answer>1</answer>",
  });
});

test("interrupted, then cut in the middle of a line: it goes on to the same bytes", async (context) => {
  const whole = readFileSync(await judgePairs(scripted().judge, judging(context, { folder: join(context.folder, "whole") })));
  let failed = false;
  await judgePairs(scripted([], 5).judge, judging(context)).catch(() => (failed = true));
  assert.ok(failed);
  const path = join(context.folder, "out", "predictions.jsonl");
  appendFileSync(path, whole.subarray(readFileSync(path).length, readFileSync(path).length + 30));
  const { judge, asked } = scripted();
  assert.equal(readFileSync(await judgePairs(judge, judging(context))), whole);
  assert.is(asked.length, 6);
});

test("a pair without an answer is no wrong one: it is missing, said, and asked for again", async (context) => {
  const { judge } = scripted();
  const away: Judge = {
    ...judge,
    judge: async (batch) => (await judge.judge(batch)).map((words, index) => (index === 1 ? new Error("429") : words)),
  };
  const error = await judgePairs(away, judging(context)).catch((reason: Error) => reason);
  assert.match((error as Error).message, /^5 of 10 judgements have no answer.*The first: 429/);
  const { judge: back, asked } = scripted();
  assert.is(scorePredictions(vl, await judgePairs(back, judging(context))).judged.length, 10);
  assert.is(asked.length, 5);
});

test("another judge, data or order in the same folder is refused, and what is there stays", async (context) => {
  const path = await judgePairs(scripted().judge, judging(context));
  const before = readFileSync(path);
  const other = { ...scripted().judge, settings: { judge: "other" } };
  for (const [judge, more, message] of [
    [other, {}, /another judge \("scripted" there, "other" now\)/],
    [scripted().judge, { orders: "seeded" }, /another orders/],
  ] as const) {
    const error = await judgePairs(judge, judging(context, more)).catch((reason: Error) => reason.message);
    assert.match(error as string, message);
  }
  assert.equal(readFileSync(path), before);
});

test("seeded: each pair once, in an order of its own, the same each time", async (context) => {
  const orders = async (seed: number) => {
    const folder = join(context.folder, `seeded-${seed}-${Math.trunc(performance.now() * 1000)}`);
    const file = await judgePairs(scripted().judge, judging(context, { orders: "seeded", seed, folder }));
    return readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { order: string }).order);
  };
  const first = await orders(1);
  assert.equal(await orders(1), first);
  assert.is(first.length, 5);
  const all = (await Promise.all([2, 3, 4, 5].map(orders))).flat();
  assert.equal([...new Set(all)].sort(), ["chosen-first", "chosen-second"]);
});

test("the published forms of the four benchmarks are read", ({ folder }) => {
  mkdirSync(join(folder, "video", "x"), { recursive: true });
  for (let frame = 0; frame < 40; frame++) writeFileSync(join(folder, "video", "x", `${String(frame).padStart(3, "0")}.png`), "");
  const read = (name: string, rows: unknown) => {
    const file = join(folder, "rows.json");
    writeFileSync(file, JSON.stringify(rows));
    return readBenchmark(benchmarkNamed(name), file)[0]!;
  };
  const published = { id: "mmmu_1", query: "q", response: ["b", "a"], human_ranking: [1, 0], image: "a.png" };
  assert.equal([read("vl-rewardbench", [published]).chosen, read("vl-rewardbench", [published]).rejected], ["a", "b"]);
  const video = read("mm-rlhf-rewardbench", [{ id: "1", video: "video/x", prompt: "q", chosen: "a", rejected: "b" }]);
  assert.is(video.pictures.length, 32);
  assert.equal(
    video.pictures
      .slice(0, 3)
      .concat(video.pictures.at(-1)!)
      .map((one) => ("path" in one ? one.path.slice(-7) : "")),
    ["000.png", "001.png", "002.png", "039.png"],
  );
  const better = read("multimodal-rewardbench", [
    { ID: "math_1", Text: "q", Image: "a.png", Output1: "b", Output2: "a", Better: "Output2", Category: "reasoning" },
  ]);
  assert.equal([better.chosen, better.keep], ["a", { ID: "math_1", Category: "reasoning" }]);
  const response = (text: string) => ({
    response_content: [
      ["text", text],
      ["image", "a.png"],
    ],
  });
  const second = read("multimodal-rewardbench-2", {
    pairs: [
      {
        id: "1",
        chosen: "B",
        prompt_content: [
          ["image", "a.png"],
          ["text", " q"],
        ],
        response_a: response("a "),
        response_b: response("b "),
      },
    ],
  });
  assert.equal(
    [second.question, second.chosen, second.rejected, second.pictures.length],
    ["[picture 1] q", "b [picture 3]", "a [picture 2]", 3],
  );
});

test("refused: pictures outside the folder or not there, other rankings, no preference", ({ folder }) => {
  const refused = (name: string, row: unknown, message: RegExp) => {
    const file = join(folder, "rows.json");
    writeFileSync(file, JSON.stringify([row]));
    assert.throws(() => readBenchmark(benchmarkNamed(name), file), message);
  };
  const row = { id: "a", prompt: "q", chosen: "a", rejected: "b" };
  refused("vl-rewardbench", { ...row, image: "../../etc/passwd" }, /leads out of/);
  refused("vl-rewardbench", { ...row, image: "b.png" }, /rows.json\[0\]: "b.png": there is no such file/);
  refused("vl-rewardbench", { id: "a", query: "q", response: ["a", "b"], human_ranking: [0, 0] }, /human_ranking/);
  refused(
    "multimodal-rewardbench",
    { ID: "a", Text: "q", Output1: "a", Output2: "b", Better: "Output3", Category: "vqa" },
    /Output1/,
  );
  refused("mm-rlhf-rewardbench", row, /expected "image" or "video"/);
});

test("a prompt of one's own has three places; what fills them is not looked at again", () => {
  assert.throws(() => checkPrompt("{question} {response1}", "prompt.txt"), /prompt.txt: the prompt has no \{response2\}/);
  const text = filled("{question}|{response1}|{response2}", { question: "{response2}", response1: "$&", response2: "b" });
  assert.is(text, "{response2}|$&|b");
});

test.run();
