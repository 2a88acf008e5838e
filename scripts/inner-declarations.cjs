// A package's declarations that its exports' own don't lead to: types of its inner modules, of which nobody outside can name one.

const { existsSync, readdirSync, readFileSync, writeFileSync } = require("node:fs");
const { join, posix } = require("node:path");

/** Has npm leave them out, by a dist/.npmignore that isn't published itself. */
function leaveOutInnerDeclarations(folder, { exports }) {
  const dist = join(folder, "dist");
  const entries = Object.values(exports ?? {}).flatMap((target) =>
    typeof target?.types === "string" ? [posix.normalize(target.types)] : [],
  );
  if (entries.length === 0 || !existsSync(dist)) return;
  const all = readdirSync(dist, { recursive: true })
    .map((path) => `dist/${path.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".d.ts"));
  const reached = new Set(entries);
  for (const path of reached) {
    for (const [, named] of readFileSync(join(folder, path), "utf8").matchAll(
      /(?:\bfrom|\bimport|\bimport\()\s*["'](\.[^"']+)["']/g,
    )) {
      const target = posix.join(posix.dirname(path), named).replace(/(?:\.d)?\.[jt]s$/, ".d.ts");
      if (existsSync(join(folder, target))) reached.add(target);
    }
  }
  const inner = all.filter((path) => !reached.has(path)).sort();
  writeFileSync(join(dist, ".npmignore"), inner.map((path) => `${path.slice("dist".length)}\n`).join(""));
}

module.exports = { leaveOutInnerDeclarations };
