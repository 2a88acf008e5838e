// What a package's manifest is when it is packed or published. Development reads the manifests as they stand.

const { leaveOutInnerDeclarations } = require("./inner-declarations.cjs");

/** Large packages of which Node loads little: what is published depends on packages/slim-* under their names. (docs/decisions/0013-slim-dependencies.md) */
const slim = {
  "@tensorflow/tfjs": "slim-tfjs",
  "@tensorflow/tfjs-backend-wasm": "slim-tfjs-backend-wasm",
  "@tensorflow/tfjs-core": "slim-tfjs-core",
  "@tensorflow/tfjs-node-gpu": "slim-tfjs-node",
  mathjs: "slim-mathjs",
  vega: "slim-vega",
  "vega-lite": "slim-vega-lite",
};

/** Without what only this repository has: the condition that leads to src, and what is needed to build and test. */
function published(manifest, folder) {
  leaveOutInnerDeclarations(folder, manifest);
  const { dependencies, optionalDependencies, exports } = manifest;
  const ours = manifest.name.startsWith("@rewardlab/");
  const onlyHere = new Set(["devDependencies", "scripts"]);
  return {
    ...Object.fromEntries(Object.entries(manifest).filter(([key]) => !onlyHere.has(key))),
    ...(exports && { exports: withoutSource(exports) }),
    ...(ours && dependencies && { dependencies: slimmed(dependencies) }),
    ...(ours && optionalDependencies && { optionalDependencies: slimmed(optionalDependencies) }),
  };
}

function slimmed(dependencies) {
  const entries = Object.entries(dependencies).map(([name, version]) =>
    name in slim ? [name, `npm:@rewardlab/${slim[name]}@${version}`] : [name, version],
  );
  return Object.fromEntries(entries);
}

function withoutSource(target) {
  if (typeof target !== "object" || target === null) return target;
  return Object.fromEntries(
    Object.entries(target)
      .filter(([condition]) => condition !== "@rewardlab/source")
      .map(([condition, value]) => [condition, withoutSource(value)]),
  );
}

module.exports = { published, slim };
