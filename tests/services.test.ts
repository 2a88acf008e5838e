// Services of a plugin from the command line: whatever a run ends with, those of the run end before those of the process, each once; what goes wrong in one is
// told with its name. Their one stage is a plugin of the test's own.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { rewardlab, start, temporaryFolder } from "./command.ts";

const test = suite("services", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** The stage asks the judge, which asks the pool, and then does what `ends` says. */
const plugin = `import { definePlugin, provide, stage, token } from "${import.meta.resolve("@rewardlab/core")}";
import { z } from "${import.meta.resolve("zod")}";
import { appendFileSync } from "node:fs";
const told = (text) => appendFileSync("events.txt", text + "\\n");
const Pool = token("pool", { methods: ["take"] });
const Judge = token("judge", { methods: ["ask"] });
const options = z.strictObject({});
const pool = provide(Pool, {
  name: "shared", summary: "for tests", scope: "process", options,
  create: () => ({ take: () => told("pool asked") }),
  dispose: async () => told("pool ended"),
});
const judge = provide(Judge, {
  name: "strict", summary: "for tests", scope: "run", inject: { pool: Pool },
  options: z.strictObject({ on: z.string().default("") }),
  create: ({ on }, { pool }) => {
    if (on === "create") throw new Error("no key is set");
    return { ask: () => { pool.take(); told("judge asked"); if (on === "ask") throw new Error("is away"); } };
  },
  dispose: async () => { told("judge ended"); if (on.last === "dispose") throw new Error("can't hang up"); },
});
const on = {};
const judging = stage({
  name: "judging", summary: "asks the judge", keeps: "run", inject: { judge: Judge },
  options: z.strictObject({ then: z.enum(["end", "fail", "wait", "dispose"]) }),
  create: ({ then }, { judge }) => ({ run: async ({ signal }) => {
    judge.ask();
    on.last = then;
    if (then === "fail") throw new Error("failed on purpose");
    if (then !== "wait") return { status: "done" };
    told("waiting");
    await new Promise((resolve) => { const timer = setInterval(() => {}, 1000); signal.addEventListener("abort", () => (clearInterval(timer), resolve())); });
    throw Object.assign(new Error("interrupted"), { name: "Interrupted" });
  } }),
});
export default definePlugin({ name: "judges", api: "^1", components: [judging], services: [pool, judge] });
`;

function prepare(folder: string, then: string, judge = "strict"): void {
  const package_ = join(folder, "node_modules", "judges");
  mkdirSync(package_, { recursive: true });
  writeFileSync(join(package_, "package.json"), '{ "name": "judges", "type": "module", "main": "index.js" }');
  writeFileSync(join(package_, "index.js"), plugin);
  writeFileSync(
    join(folder, "small.yaml"),
    `name: small
plugins: [judges]
engine: cpu
model: { use: tiny-vlm, width: 16, layers: 1, hiddenSize: 16 }
data: { use: scenes, train: 2, test: 2 }
services: { judge: ${judge} }
stages: [{ last: { use: judging, then: ${then} } }]
`,
  );
}
const eventsOf = (folder: string) => {
  const path = join(folder, "events.txt");
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
};
async function until(what: string, condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 120_000) throw new Error(`${what}: not within 2 minutes`);
    await sleep(20);
  }
}
const asked = ["pool asked", "judge asked"];
const ended = ["judge ended", "pool ended"];

test("a run that is done, and one that failed, end the run's services, then the process's", async ({ folder }) => {
  prepare(folder, "end");
  const done = await rewardlab(folder, "run", "small.yaml");
  assert.is(done.code, 0, done.stderr);
  assert.equal(eventsOf(folder), [...asked, ...ended]);
  const { services } = JSON.parse(readFileSync(join(folder, "runs/small/main/seed-1/provenance.json"), "utf8")) as {
    services: object;
  };
  assert.equal(services, {
    judge: { service: { use: "strict", on: "" }, package: "judges", version: 1, scope: "run" },
    pool: { service: { use: "shared" }, package: "judges", version: 1, scope: "process" },
  });
  rmSync(join(folder, "events.txt"));
  prepare(folder, "fail");
  const failed = await rewardlab(folder, "run", "small.yaml");
  assert.is(failed.code, 1, failed.stderr);
  assert.match(failed.stderr, /judges: stage judging at last: failed on purpose/);
  assert.equal(eventsOf(folder), [...asked, ...ended]);
});

for (const signal of ["SIGTERM", "SIGINT", "SIGKILL"] as const)
  test(`${signal} to the command: the services of a run at work end${signal === "SIGKILL" ? ", though the command is gone" : ""}`, async ({
    folder,
  }) => {
    prepare(folder, "wait");
    const { child, ended: over } = start(folder, "run", "small.yaml");
    await until("the stage is at work", () => eventsOf(folder).includes("waiting"));
    child.kill(signal);
    const { code, stdout } = await over;
    if (signal === "SIGKILL") await until("the run's process notices", () => eventsOf(folder).includes("pool ended"));
    else assert.is(code, 130, stdout);
    assert.equal(eventsOf(folder), [...asked, "waiting", ...ended]);
  });

test("what a service throws is told with its name: when it is made, when it is asked, when it ends", async ({ folder }) => {
  prepare(folder, "end", "{ use: strict, on: create }");
  const making = await rewardlab(folder, "run", "small.yaml");
  assert.is(making.code, 1, making.stderr);
  assert.match(making.stderr, /judges: service judge \(strict\): create failed: no key is set/);
  assert.equal(eventsOf(folder), ["pool ended"], "what was made for it ends");
  rmSync(join(folder, "events.txt"));
  prepare(folder, "end", "{ use: strict, on: ask }");
  const asking = await rewardlab(folder, "run", "small.yaml");
  assert.is(asking.code, 1, asking.stderr);
  assert.match(asking.stderr, /judges: service judge \(strict\): ask: is away \(stage last\)/);
  assert.equal(eventsOf(folder), [...asked, ...ended]);
  prepare(folder, "dispose");
  const ending = await rewardlab(folder, "run", "small.yaml");
  assert.is(ending.code, 0, ending.stderr);
  assert.match(ending.stdout, /judges: service judge \(strict\): dispose failed: can't hang up/);
});

test.run();
