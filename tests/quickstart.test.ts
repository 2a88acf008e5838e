// The cold start that comes with the quickstart is the one its experiment asks for. If this fails because something it depends on was changed on purpose:
// run the experiment with --fresh, and copy the coldStart and slips folders from runs/quickstart/artefacts to experiments/quickstart/artefacts.

import { registryFor } from "@rewardlab/cli";
import { Files, Metrics, Progress } from "@rewardlab/core";
import { createContainer, loadExperiment, planStages } from "@rewardlab/core/host";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const folder = fileURLToPath(new URL("../experiments/quickstart", import.meta.url));
const shipped = readdirSync(join(folder, "artefacts"));

test("quickstart: every cell's cold start is shipped, unaltered, and nothing else is", async () => {
  const experiment = await loadExperiment(join(folder, "quickstart.yaml"), { registryFor });
  const container = createContainer(experiment.registry);
  container.provide(Files, { folder, cache: join(folder, "never-made") });
  container.provide(Progress, { update: () => {}, note: () => {} });
  container.provide(Metrics, { sum: () => {}, max: () => {}, share: () => {} });
  const expected = new Set<string>();
  for (const cell of experiment.cells)
    for (const seed of experiment.seeds)
      for (const { name, stage, key } of planStages(
        { experiment, cell, seed, root: folder },
        container.create(cell.data),
        container.create(cell.model),
      ))
        if (stage.component.name === "sft") expected.add(`${name}-${key.slice(0, 12)}`);
  assert.equal(shipped.sort(), [...expected].sort());
  for (const name of shipped) {
    const artefact = JSON.parse(readFileSync(join(folder, "artefacts", name, "artefact.json"), "utf8")) as {
      model: string;
      status: string;
    };
    assert.is(artefact.status, "done");
    assert.is(
      createHash("sha256")
        .update(readFileSync(join(folder, "artefacts", name, "model.safetensors")))
        .digest("hex"),
      artefact.model,
    );
  }
});

test("quickstart: what is shipped stays under 2 MB", () => {
  const sizes = shipped.flatMap((name) =>
    readdirSync(join(folder, "artefacts", name)).map((file) => readFileSync(join(folder, "artefacts", name, file)).length),
  );
  assert.ok(sizes.reduce((a, b) => a + b, 0) <= 2_000_000, `${sizes}`);
});

test.run();
