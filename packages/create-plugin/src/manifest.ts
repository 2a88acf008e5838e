import type { Language, PluginKind } from "./kinds.ts";
import type { PluginNames } from "./names.ts";

/** What package.json is made from. */
export interface ManifestOf {
  readonly kind: PluginKind;
  readonly language: Language;
  readonly names: PluginNames;
  /** Packages that the plugin itself imports. */
  readonly imported: readonly string[];
  /** Packages that its tests import. */
  readonly tested: readonly string[];
  /** A range for each package that may be named. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The package.json of a plugin's package. What it shares with the command that runs it (core, tfjs-core, zod) are peers: there must be one copy of each. */
export function manifestOf({ kind, language, names, imported, tested, versions }: ManifestOf): object {
  const tools = language === "ts" ? ["@types/node", "typescript"] : [];
  const ranges = (packages: readonly string[]) =>
    Object.fromEntries([...new Set(packages)].sort().map((name) => [name, rangeOf(name, versions)]));
  return {
    name: names.package,
    version: "0.1.0",
    description: `A RewardLab plugin: the ${kind} ${names.component}.`,
    keywords: ["rewardlab", "rewardlab-plugin", kind],
    license: "Apache-2.0",
    type: "module",
    engines: { node: ">=20.19" },
    ...(language === "ts" ? typescript : javascript),
    peerDependencies: ranges(imported),
    devDependencies: slimmed(ranges([...imported, ...tested, ...tools, "@rewardlab/cli"])),
  };
}

/** To develop with: the packages under these names that our own depend on, of 5 MB instead of 250. */
const slim: Readonly<Record<string, string>> = { "@tensorflow/tfjs": "slim-tfjs", "@tensorflow/tfjs-core": "slim-tfjs-core" };

function slimmed(ranges: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ranges).map(([name, range]) => [name, name in slim ? `npm:@rewardlab/${slim[name]}@${range}` : range]),
  );
}

function rangeOf(name: string, versions: Readonly<Record<string, string>>): string {
  const range = versions[name];
  if (range === undefined) throw new Error(`create-plugin: a template imports ${name}, of which no version is known`);
  return range;
}

const alongside = ["CHANGELOG.md", "experiment.yaml"];
const typescript = {
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
  files: ["dist", "!dist/**/*.test.*", ...alongside],
  scripts: {
    build: "node -e \"fs.rmSync('dist',{recursive:true,force:true})\" && tsc",
    test: "npm run build && uvu dist .test.js",
    example: "npm run build && rewardlab run experiment.yaml",
    schema: "npm run build && rewardlab schema experiment.yaml --out schema.json",
    prepack: "npm run build",
    prepublishOnly: "npm test",
  },
};
const javascript = {
  exports: { ".": "./src/index.js" },
  files: ["src", "!src/**/*.test.*", ...alongside],
  scripts: {
    test: "uvu src .test.js",
    example: "rewardlab run experiment.yaml",
    schema: "rewardlab schema experiment.yaml --out schema.json",
    prepublishOnly: "npm test",
  },
};
