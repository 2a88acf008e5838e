import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { contenders } from "./contenders.ts";
import { measure } from "./measure.ts";
import { TASKS } from "./messages.ts";
import { peerPython } from "./python-environment.ts";
const { values: o } = parseArgs({
  options: {
    configs: { type: "string", default: "tiny" },
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
    tasks: { type: "string", default: TASKS.join(",") },
  },
});
const python = peerPython(console.log);
const r = await measure({
  contenders: contenders.filter((c) => (c.ours || python) && (!o.only || o.only.split(",").includes(c.name))),
  configs: o.configs!.split(","),
  tasks: o.tasks!.split(",") as never,
  rounds: Number(o.rounds),
  warmUp: 1,
  starts: 1,
  threads: 2,
  python,
  folder: mkdtempSync(join(tmpdir(), "b-")),
  say: console.log,
  save: () => {},
});
for (const c of r) for (const t of c.tasks) for (const w of t.rows) console.log(c.config, t.task, w.contender, JSON.stringify(w));
