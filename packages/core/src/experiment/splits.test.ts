import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadText, soundExperiment } from "../testing/experiment.ts";
import { ExperimentError } from "./problems.ts";
import { checkSplits } from "./splits.ts";

const dataset = (...splits: string[]) => ({ splits, hash: "x", open: () => assert.unreachable() as never });
async function refusal(text: string, ...splits: string[]): Promise<string | null> {
  const experiment = await loadText(text);
  try {
    checkSplits(experiment, () => dataset(...splits));
    return null;
  } catch (error) {
    assert.instance(error, ExperimentError);
    return (error as ExperimentError).message;
  }
}
const on = (split: string) => soundExperiment.replace("voting: [1, 3]", `on: [data.${split}]`);

test("checkSplits: a split that the data don't have, with its place and the nearest name", async () => {
  assert.is(await refusal(soundExperiment, "train", "test"), null);
  assert.match(
    (await refusal(on("tset"), "train", "test"))!,
    /experiment\.yaml:13:\d+: stages\.evaluate\.on: the data has no split "tset"\. Did you mean "test"\?/,
  );
  assert.match((await refusal(on("nonsense"), "train", "test"))!, /no split "nonsense"\. There are: test, train\./);
});

test("checkSplits: names with hyphens and dots are names like any other", async () => {
  assert.is(await refusal(on("held-out"), "train", "held-out"), null);
  assert.is(await refusal(on("v1.2-hard"), "train", "v1.2-hard"), null);
  assert.match((await refusal(on("held_out"), "train", "held-out"))!, /no split "held_out"\. Did you mean "held-out"\?/);
});

test("checkSplits: what is trained on must be there as well", async () => {
  const message = (await refusal(soundExperiment, "test", "trian"))!;
  assert.match(message, /stages\.coldStart: the data has no split "train"\. Did you mean "trian"\?/);
  assert.match(message, /stages\.rl: the data has no split "train"/);
});

test.run();
