// node -r ./kill-at.cjs: ends the process at its n-th file operation under a folder, or lets that operation fail. For kills.slow.test.ts.
//
//   KILL_AT     n; 0: never     KILL_MODE   kill: SIGKILL, before the operation or halfway through it; throw: it throws EACCES
//   KILL_UNDER  the folder      KILL_LOG    file that gets the operation, or at the end how many there were
const fs = require("node:fs");
const { syncBuiltinESMExports } = require("node:module");
const { join } = require("node:path");

const { KILL_AT, KILL_MODE, KILL_UNDER, KILL_LOG } = process.env;
const original = { ...fs };
const paths = new Map(); // of open files
let count = 0;
let inside = false;

const operations = [
  "openSync",
  "writeSync",
  "fsyncSync",
  "ftruncateSync",
  "writeFileSync",
  "renameSync",
  "linkSync",
  "mkdirSync",
  "rmSync",
  "unlinkSync",
];
for (const name of operations) {
  fs[name] = (...given) => {
    const path = typeof given[0] === "number" ? paths.get(given[0]) : String(given[0]);
    if (!inside && path?.startsWith(KILL_UNDER)) {
      count += 1;
      if (count === Number(KILL_AT)) end(name, path, given);
    }
    inside = true; // what an operation calls in turn is a part of it
    try {
      const result = original[name](...given);
      if (name === "openSync") paths.set(result, path);
      return result;
    } finally {
      inside = false;
    }
  };
}
syncBuiltinESMExports();
process.on("exit", () => original.writeFileSync(KILL_LOG, JSON.stringify({ count }), { flag: "wx" }));

function end(name, path, given) {
  original.writeFileSync(KILL_LOG, JSON.stringify({ operation: name, path }));
  if (KILL_MODE === "throw")
    throw Object.assign(new Error(`EACCES: permission denied, ${name} '${path}'`), { code: "EACCES", syscall: name });
  if (count % 2 === 1) half(name, given);
  process.kill(process.pid, "SIGKILL");
}

/** What a kill leaves of an operation that takes time: a part of the bytes, a folder of which something is gone. */
function half(name, given) {
  if (name === "writeSync") original.writeSync(given[0], given[1], given[2], Math.floor(given[3] / 2), given[4]);
  if (name === "rmSync" && original.existsSync(given[0]) && original.statSync(given[0]).isDirectory())
    for (const one of original.readdirSync(given[0]).slice(0, 1)) original.rmSync(join(given[0], one), { recursive: true });
}
