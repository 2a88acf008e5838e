import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadExperiment } from "@rewardlab/core/host";
import type { Cell } from "@rewardlab/core/host";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { registryFor } from "./plugins.ts";
import { rememberedTiming, rememberTiming } from "./timing-store.ts";

const before = process.env.REWARDLAB_CACHE;
const test = suite("timing store", { folder: "" });
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"));
  process.env.REWARDLAB_CACHE = context.folder;
});
test.after.each(({ folder }) => {
  rmSync(folder, { recursive: true });
  if (before === undefined) delete process.env.REWARDLAB_CACHE;
  else process.env.REWARDLAB_CACHE = before;
});

async function cellOf(folder: string, width: number, name = "evaluate"): Promise<Cell> {
  const file = join(folder, "secret-name.yaml");
  writeFileSync(
    file,
    `name: secret-name\nengine: wasm\nmodel: { use: tiny-vlm, width: ${width} }\ndata: { use: scenes, train: 8, test: 4 }\nstages:\n  - ${name}: { use: evaluate, maxNewTokens: 8 }\n`,
  );
  return (await loadExperiment(file, { registryFor })).cells[0]!;
}
const stagesOf = (cell: Cell) => [rememberedTiming(cell).exact.stages, rememberedTiming(cell).rough.stages];
const timing = { seconds: 9, peakMemory: 1, stages: { evaluate: { units: 4, seconds: 2, of: 40, size: 24 } } };

test("what was timed is there for another experiment, whatever its stages are called", async ({ folder }) => {
  assert.equal(stagesOf(await cellOf(folder, 16)), [{}, {}]);
  rememberTiming(await cellOf(folder, 16), timing);
  const rate = { units: 1, seconds: 0.5, of: 40, size: 24 };
  assert.equal(stagesOf(await cellOf(folder, 16, "final")), [{ final: rate }, { final: rate }]);
  assert.equal(stagesOf(await cellOf(folder, 32)), [{}, { evaluate: rate }], "another model: roughly");
});

test("no path and no name is kept, and a damaged file is none", async ({ folder }) => {
  const cell = await cellOf(folder, 16);
  rememberTiming(cell, timing);
  const file = join(folder, "timings.json");
  assert.not.match(readFileSync(file, "utf8"), /secret|\//);
  for (const damaged of ["{ torn", "[]", "null", '{"x":null,"y":{"secondsPerUnit":"1"}}']) {
    writeFileSync(file, damaged);
    assert.equal(stagesOf(cell), [{}, {}]);
  }
  rememberTiming(cell, timing);
  assert.equal(Object.keys(rememberedTiming(cell).exact.stages), ["evaluate"]);
});

test.run();
