// docs/guides/serve.md, followed: a run is made, served, asked, and told to end.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { rewardlab, start, temporaryFolder } from "./command.ts";
import { blocksOf } from "./guides/follow.ts";

test("docs/guides/serve.md: what it says to write and to type works, and SIGTERM ends it with 0", async () => {
  const folder = temporaryFolder();
  try {
    const blocks = blocksOf("serve.md");
    const commands = blocks.flatMap(({ language, text }) => (language === "sh" ? [text.trim()] : []));
    assert.equal(commands, [
      "rewardlab run experiment.yaml",
      "rewardlab serve runs/first --port 8000",
      "node ask.mjs picture.png",
    ]);
    for (const { file, text } of blocks) if (file !== undefined) writeFileSync(join(folder, file), text);
    const ran = await rewardlab(folder, "run", "experiment.yaml");
    assert.is(ran.code, 0, ran.stderr);
    const results = JSON.parse(readFileSync(join(folder, "runs/first/main/seed-1/results.json"), "utf8")) as {
      results: { votes?: { curves: Record<string, object>; position: object } };
    }[];
    assert.equal(Object.keys(results.at(-1)!.results.votes!.curves), ["majority", "confidence"]);
    assert.match(readFileSync(join(folder, "runs/first/report.html"), "utf8"), 'id="vote-curves"');

    const missing = await rewardlab(folder, "serve", "runs/frist");
    assert.equal([missing.code, missing.stdout], [2, ""]);
    assert.match(missing.stderr, "runs/frist");

    const { child, ended } = start(folder, "serve", "runs/first", "--port", "0", "--json");
    const said = await new Promise<string>((resolve, reject) => {
      child.stdout!.once("data", (text: string) => resolve(text));
      void ended.then(({ stderr }) => reject(new Error(stderr)));
    });
    const { url, model } = JSON.parse(said) as { url: string; model: string };
    assert.is(model, "first/main/seed-1");
    const data = readdirSync(join(folder, "runs/first/data"), { recursive: true, encoding: "utf8" });
    const picture = join(
      folder,
      "runs/first/data",
      data.find((path) => path.endsWith(".png"))!,
    );
    const answers = [1, 2].map(() => spawnSync(process.execPath, ["ask.mjs", picture, url], { cwd: folder, encoding: "utf8" }));
    for (const { status, stderr } of answers) assert.is(status, 0, stderr);
    assert.is(answers[0]!.stdout, answers[1]!.stdout, "the same seed, the same answer");
    assert.match(await (await fetch(`${url}/metrics`)).text(), 'rewardlab_requests_total{endpoint="/v1/reward",code="200"} 2');
    child.kill("SIGTERM");
    const { code, stderr } = await ended;
    assert.is(code, 0, stderr);
    assert.match(stderr, "Ended; no request was dropped.");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
