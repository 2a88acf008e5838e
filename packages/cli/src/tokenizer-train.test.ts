import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { tokenizerTrain } from "./commands/tokenizer-train.ts";

const test = suite("tokenizer train", { folder: "" });
test.before.each((context) => void (context.folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"))));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

/** An experiment over two items of one's own. */
function experimentIn(folder: string): string {
  const item = (id: string, question: string) =>
    JSON.stringify({
      id,
      question,
      images: [],
      responses: ["the weather is fine", "the weather is bad"],
      preferred: 1,
    });
  writeFileSync(join(folder, "items.jsonl"), `${item("a", "how is the weather?")}\n${item("b", "what is the weather like?")}\n`);
  const file = join(folder, "experiment.yaml");
  writeFileSync(
    file,
    "name: own\nmodel: tiny-vlm\ndata: { use: jsonl, train: items.jsonl }\nstages:\n  - test: { use: evaluate, on: [data.train], maxNewTokens: 4 }\n",
  );
  return file;
}

async function trained(folder: string, options: object) {
  const said: string[] = [];
  const { log } = console;
  console.log = (line: string) => void said.push(line);
  try {
    const out = join(folder, "tokenizer.json");
    await tokenizerTrain(experimentIn(folder), { out, size: 290, split: "train", set: [], ...options });
    return { said: said.join("\n"), json: JSON.parse(readFileSync(out, "utf8")) as { model: { merges: [string, string][] } } };
  } finally {
    console.log = log;
  }
}

test("learns from the questions and responses of a split", async ({ folder }) => {
  const { said, json } = await trained(folder, {});
  assert.match(said, /tokenizer\.json: 290 tokens, learnt from 6 texts of train/);
  assert.is(json.model.merges.length, 290 - 266);
  assert.ok(json.model.merges.some(([left, right]) => left + right === "Ġweather"));
});

test("fewer where there is nothing more to learn, and told so", async ({ folder }) => {
  const { said } = await trained(folder, { size: 5000 });
  assert.match(said, /: \d{3} tokens \(no more pairs stand in them, 5000 were asked for\)/);
});

test("refused: a split or cell that isn't there, a size too small", async ({ folder }) => {
  const message = (options: object) =>
    trained(folder, options).then(
      () => "accepted",
      (error: unknown) => (error as Error).message,
    );
  assert.match(await message({ split: "trian" }), /the data have no split "trian"\. Did you mean "train"\?/);
  assert.match(await message({ cell: "other" }), /there is no cell "other"/);
  assert.match(await message({ size: 100 }), /a tokenizer of 100 tokens is asked for, expected 266 to/);
});

test.run();
