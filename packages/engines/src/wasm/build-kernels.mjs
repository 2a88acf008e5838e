// Compiles kernels/*.as (AssemblyScript) into kernels.wasm, beside this file for those who run the sources and in dist for
// those who run the build:
//
//     node packages/engines/src/wasm/build-kernels.mjs
//
// The sources end in .as, because tsc and the linters would take .ts for TypeScript.

import asc from "assemblyscript/asc";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const targets = [join(here, "kernels.wasm"), join(here, "..", "..", "dist", "wasm", "kernels.wasm")];
// No relaxed SIMD: Node 20 doesn't have it. No exported memory, runtime or assertions: the module works on tfjs's memory.
const flags = [
  "--runtime",
  "stub",
  "--importMemory",
  "--noExportMemory",
  "--enable",
  "simd",
  "--noAssert",
  "--use",
  "abort=",
  "-O3",
];

let binary;
const { error, stderr } = await asc.main(["index.ts", "--outFile", "kernels.wasm", ...flags], {
  readFile: (name) => {
    try {
      return readFileSync(join(here, "kernels", name.replace(/\.ts$/, ".as")), "utf8");
    } catch {
      return null; // the compiler asks for a module under several names
    }
  },
  writeFile: (_name, contents) => void (binary = contents),
  listFiles: () => [],
});
if (error || !binary) {
  console.error(stderr.toString());
  throw error ?? new Error("build-kernels: the compiler wrote nothing");
}
if (sectionIds(binary).includes(11)) {
  throw new Error("build-kernels: the kernels need static data (section 11), which would overwrite tfjs's memory");
}
for (const target of targets) {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, binary);
  console.log(`${target}: ${binary.length} bytes`);
}

/** A module is an 8-byte header and sections, each an id byte, its length in LEB128, and its contents. */
function sectionIds(bytes) {
  const ids = [];
  let at = 8;
  while (at < bytes.length) {
    ids.push(bytes[at++]);
    let length = 0;
    let shift = 0;
    let byte;
    do {
      byte = bytes[at++];
      length |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80);
    at += length;
  }
  return ids;
}
