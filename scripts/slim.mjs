// Makes what a package of packages/slim-* publishes, from what it stands for: `pnpm pack` runs this in the package's folder.
// (docs/decisions/0013-slim-dependencies.md)

import { build } from "esbuild";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, posix, resolve } from "node:path";

/** What is copied byte for byte, by path; or the file from which all it imports is bundled. `external` stays a dependency. */
const recipes = {
  "slim-tfjs-core": {
    from: "@tensorflow/tfjs-core",
    copy: (path) => path === "dist/tf-core.node.js",
    declarations: "dist/index.d.ts", // and all that they lead to
  },
  "slim-tfjs": {
    from: "@tensorflow/tfjs",
    bundle: "dist/tf.node.js",
    to: "dist/tf.node.js",
    external: ["@tensorflow/tfjs-core", "long", "node-fetch", "seedrandom"],
  },
  "slim-tfjs-backend-wasm": {
    from: "@tensorflow/tfjs-backend-wasm",
    copy: (path) => /^dist\/(tf-backend-wasm\.node\.js|tfjs-backend-wasm(-simd|-threaded-simd)?\.wasm)$/.test(path),
  },
  "slim-tfjs-node": {
    from: "@tensorflow/tfjs-node-gpu",
    copy: (path) =>
      /^dist\/(nodejs_kernel_backend|register_all_kernels|int64_tensors|kernels\/\w+)\.js$/.test(path) && !isTest(path),
  },
  "slim-mathjs": {
    from: "mathjs",
    copy: (path) => /^(NOTICE|lib\/browser\/(math\.js|math\.js\.LICENSE\.txt|package\.json))$/.test(path),
  },
  "slim-vega": { from: "vega", bundle: "build/vega.module.js", to: "dist/index.js", external: ["canvas"] },
  "slim-vega-lite": { from: "vega-lite", bundle: "build/index.js", to: "dist/index.js", external: [] },
};

const folder = process.cwd();
const recipe = recipes[basename(folder)];
if (recipe === undefined) {
  console.error(`slim: ${folder}: expected one of packages/${Object.keys(recipes).join(", ")}.`);
  process.exit(2);
}
const upstream = join(folder, "node_modules", recipe.from);
for (const made of ["dist", "lib", "LICENSE", "NOTICE"]) rmSync(join(folder, made), { recursive: true, force: true });
const filesThere = new Set(filesIn(upstream));
if (recipe.copy) {
  for (const path of filesThere) if (recipe.copy(path)) copy(path);
  if (recipe.declarations) for (const path of declarationsFrom(recipe.declarations)) copy(path);
} else await bundle(recipe);
if (existsSync(join(upstream, "LICENSE"))) copy("LICENSE"); // without one of its own a package gets ours

function copy(path) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  copyFileSync(join(upstream, path), join(folder, path));
}

/** One file with all that the entry imports, and beside it the licences of what is in it. */
async function bundle({ bundle: entry, to, external }) {
  const format = to.endsWith(".node.js") ? "cjs" : "esm";
  const { metafile } = await build({
    entryPoints: [join(upstream, entry)],
    outfile: join(folder, to),
    bundle: true,
    platform: "node",
    target: "node20",
    format,
    external,
    metafile: true,
    minifyWhitespace: true,
    legalComments: "eof",
    logLevel: "warning",
    absWorkingDir: folder,
  });
  const packages = new Map();
  for (const input of Object.keys(metafile.inputs)) {
    const at = packageOf(resolve(folder, input));
    const { name, version } = JSON.parse(readFileSync(join(at, "package.json"), "utf8"));
    packages.set(`${name} ${version}`, at);
  }
  const licences = [...packages].sort(([a], [b]) => (a < b ? -1 : 1)).map(([title, at]) => `${title}\n\n${licenceIn(at)}`);
  writeFileSync(join(folder, dirname(to), "THIRD-PARTY.txt"), licences.join(`\n\n${"-".repeat(80)}\n\n`));
}

function packageOf(file) {
  const end = file.lastIndexOf("node_modules/") + "node_modules/".length;
  const [scope, name] = file.slice(end).split("/");
  return file.slice(0, end) + (scope.startsWith("@") ? `${scope}/${name}` : scope);
}

function licenceIn(at) {
  const file = readdirSync(at).find((name) => /^licen[cs]e/i.test(name));
  if (file !== undefined) return readFileSync(join(at, file), "utf8").trim();
  const { license } = JSON.parse(readFileSync(join(at, "package.json"), "utf8"));
  return `${license} (its package has no file of it)`;
}

function declarationsFrom(first) {
  const found = new Set([first]);
  for (const path of found) {
    const text = readFileSync(join(upstream, path), "utf8");
    for (const [, named] of text.matchAll(/(?:from|import|import\() ?["'](\.[^"']+)["']|<reference path=["']([^"']+)["']/g)) {
      const target = posix.join(posix.dirname(path), named ?? "");
      const file = [`${target}.d.ts`, `${target}/index.d.ts`, target].find((one) => filesThere.has(one));
      if (file !== undefined) found.add(file);
    }
  }
  return found;
}

function isTest(path) {
  return /_test(_util)?\.(d\.ts|js)$|_tests?\.d\.ts$|\/(tests|test_util_test|setup_test|jasmine_util)\.|test_async_backends/.test(
    path,
  );
}

/** Paths from the folder, all of them. */
function filesIn(root, below = "") {
  if (!existsSync(join(root, below))) return [];
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesIn(root, path);
    return [path];
  });
}
