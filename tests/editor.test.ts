// What an editor says of an experiment, asked of the real yaml-language-server: what is completed, shown and underlined.

import { registryFor } from "@rewardlab/cli";
import { experimentJsonSchema, sketchExperiment } from "@rewardlab/core/host";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { LanguageServer } from "./language-server.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rewardlab-editor-"));
const comment = /^# yaml-language-server: \$schema=(\S+)$/m;

const editor = suite("editor");
let server: LanguageServer;
let files = 0;
editor.before(async () => {
  writeFileSync(join(folder, "schema.json"), JSON.stringify(experimentJsonSchema(await registryFor([], root))));
  server = await LanguageServer.start(folder);
});
editor.after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** An experiment whose rl stage has these lines; ¦ is where the cursor stands. */
function experiment(stage: string, more = ""): string {
  const lines = stage.split("\n").map((line) => `      ${line}\n`);
  return `# yaml-language-server: $schema=schema.json\nname: short\nmodel: tiny-vlm\ndata: scenes\nstages:\n  - rl:\n      use: rl\n      algorithm: grpo\n${lines.join("")}${more}`;
}

/** Opens a text, and what the server says at its cursor. */
async function opened(marked: string) {
  const before = marked.split("¦")[0]!.split("\n");
  const position = { line: before.length - 1, character: before.at(-1)!.length };
  const text = marked.replace("¦", "");
  const path = join(folder, `experiment-${++files}.yaml`);
  const found = await server.open(path, text);
  const lines = text.split("\n");
  return {
    /** What is underlined, with what is said. */
    errors: found.map(({ range, message, severity }) => ({
      text: lines[range.start.line]!.slice(range.start.character, range.end.character),
      message,
      severity,
    })),
    complete: async () =>
      new Map(
        (await server.complete(path, position)).map(({ label, documentation }) => [
          label,
          typeof documentation === "string" ? documentation : (documentation?.value ?? ""),
        ]),
      ),
    hover: () => server.hover(path, position),
  };
}

editor("every experiment that is shipped has its comment, and nothing is underlined in it", async () => {
  const listed = execFileSync("git", ["ls-files", "*.yaml"], { cwd: root, encoding: "utf8" }).split("\n");
  const shipped = listed.filter((path) => /^(experiments|examples|benchmarks)\/.*\.yaml$/.test(path));
  const experiments = shipped
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))
    .filter(({ text }) => /^stages:/m.test(text));
  assert.ok(experiments.length >= 6, shipped.join(", "));
  for (const { path, text } of experiments) {
    const [, schema] = comment.exec(text) ?? [];
    assert.ok(schema !== undefined, `${path}: no comment for editors`);
    const { registry, stages } = await sketchExperiment(join(root, path), { registryFor });
    const target = join(folder, dirname(path), schema!);
    mkdirSync(dirname(target), { recursive: true });
    const shared = target === join(folder, "experiments/schema.json");
    writeFileSync(target, JSON.stringify(experimentJsonSchema(registry, shared ? undefined : stages)));
    assert.equal(await server.open(join(folder, path), text), [], path);
    await server.close(join(folder, path));
  }
});

editor("keys are completed with what they mean: of an experiment, a stage, the component named", async () => {
  const top = await (await opened(experiment("iterations: 1", "¦"))).complete();
  assert.ok(
    ["ablate", "grid", "seeds", "engine"].every((key) => top.has(key)),
    [...top.keys()].join(", "),
  );
  const stage = await (await opened(experiment("¦"))).complete();
  assert.ok(
    ["loss", "rollout", "kl", "advantage", "checkpointEvery"].every((key) => stage.has(key)),
    [...stage.keys()].join(", "),
  );
  assert.match(stage.get("loss") ?? "", "map");
  const options = await (await opened(experiment("loss:\n  ratio:\n    use: clamped\n    ¦"))).complete();
  assert.equal([...options.keys()], ["limit"]);
  assert.match(options.get("limit")!, "number > 0; default 20");
});

editor("names are completed with their summaries: of components, algorithms, stages, in overrides", async () => {
  for (const [marked, names] of [
    [experiment("loss:\n  ratio: ¦"), ["token", "pre-clip", "sequence"]],
    [experiment("loss:\n  ratio:\n    use: cl¦"), ["clamped"]],
    [experiment("advantage:\n  - ¦"), ["whiten", "three-sigma-filter"]],
    [experiment("reward:\n  rules:\n    format: ¦"), ["think-answer-format"]],
    [experiment("iterations: 1", "  - last: ¦"), ["evaluate", "sft"]],
    [experiment("iterations: 1").replace("grpo", "¦"), ["grpo", "reinforce++", "stable-reinforce"]],
    [experiment("iterations: 1", "ablate:\n  variants:\n    a:\n      stages.rl.loss.ratio: ¦"), ["token", "pre-clip"]],
  ] as const) {
    const found = await (await opened(marked)).complete();
    for (const name of names)
      assert.ok((found.get(name) ?? "").length > 10, `${marked}\n${name} of ${[...found.keys()].join(", ")}`);
  }
});

editor("dotted paths of overrides are completed", async () => {
  const found = await (await opened(experiment("iterations: 1", "ablate:\n  variants:\n    a:\n      ¦"))).complete();
  for (const path of ["stages.rl.loss.ratio", "stages.rl.kl.coefficient", "model.width", "stages.rl.advantage.whiten.epsilon"])
    assert.ok(found.has(path), `${path} of ${[...found.keys()].join(", ")}`);
});

editor("hovering shows what a slot, a name and an option mean, with range and default", async () => {
  const hover = async (stage: string) => (await opened(experiment(stage))).hover();
  assert.match(await hover("loss: { rat¦io: token }"), /how π\/π\\_old is formed/);
  assert.match(await hover("loss: { ratio: pre-¦clip }"), /\* `pre-clip`: exp of the log ratio clamped/);
  assert.match(await hover("loss: { ratio: { use: clamped, lim¦it: 3 } }"), /bound on \|log ratio\|[^]*number > 0; default 20/);
  assert.match(await hover("rollout: { temper¦ature: 1 }"), /of the sampling[^]*number > 0; default 1/);
  assert.match(await (await opened(experiment("iterations: 1").replace("grpo", "gr¦po"))).hover(), /\* `grpo`: PPO's loss/);
});

editor("a typo is underlined in red, where it is, with what is valid", async () => {
  for (const [marked, text, message] of [
    [experiment("iteratons: 3"), "iteratons", /Property iteratons is not allowed/],
    [experiment("iterations: many"), "many", /Expected "integer"/],
    [experiment("loss: { ratio: tokn }"), "tokn", /Valid values: "token", "clamped"/],
    [experiment("loss: { ratio: { use: tokn } }"), "tokn", /Valid values: "token", "clamped"/],
    [experiment("loss: { ratio: { use: clamped, limt: 3 } }"), "limt", /Property limt is not allowed/],
    [experiment("loss: { ratio: { limt: 3 } }"), "limt", /Property limt is not allowed/],
    [experiment("loss: { ratio: { use: clamped, limit: wide } }"), "wide", /Expected "number"/],
    [experiment("advantage: [whiten, whitn]"), "whitn", /Valid values: .*"whiten"/],
    [experiment("kl: { use: k1, in: reward, coeficient: 1 }"), "coeficient", /not allowed/],
    [experiment("reward: { rules: { a: math-eqal } }"), "math-eqal", /Valid values: .*"math-equal"/],
    [experiment("iterations: 1").replace("grpo", "grop"), "grop", /Valid values: .*"grpo"/],
    [experiment("iterations: 1", "sedes: 3"), "sedes", /Property sedes is not allowed/],
    [experiment("iterations: 1", "grid: { stages.rl.los.ratio: [token] }"), "stages.rl.los.ratio", /not allowed/],
    [experiment("iterations: 1", "grid: { stages.rl.loss.ratio: [token, tokn] }"), "tokn", /Valid values: "token"/],
  ] as const) {
    const { errors } = await opened(marked);
    assert.is(errors.length, 1, `${marked}\n${JSON.stringify(errors)}`);
    assert.is(errors[0]!.text, text);
    assert.match(errors[0]!.message, message);
    assert.is(errors[0]!.severity, 1); // an error: red
  }
});

editor.run();
