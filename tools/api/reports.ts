// What each package exports, as text: the signature of every export of every entry, with the types it needs, by API Extractor from the declarations that the
// build writes.

import { CompilerState, Extractor, ExtractorConfig } from "@microsoft/api-extractor";
import type { IConfigFile } from "@microsoft/api-extractor";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Entry {
  /** The report's path from the repository's root. */
  readonly report: string;
  readonly folder: string;
  readonly declarations: string;
}

/**
 * Builds the packages' declarations and makes a report of each entry of each package's `exports`.
 *
 * @returns the reports' texts by their paths from the repository's root, packages/core/etc/core.api.md
 * @throws Error where the packages don't compile, or an entry's declarations can't be read
 */
export function apiReports(): Map<string, string> {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const built = spawnSync(process.execPath, [tsc, "-b", "tsconfig.build.json", "--pretty", "false"], {
    cwd: root,
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(`The packages don't compile:\n${built.stdout}${built.stderr}`);
  const entries = entriesOf();
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-api-"));
  try {
    const configurations = entries.map((entry, index) => configuration(entry, entries, join(folder, String(index))));
    const compilerState = CompilerState.create(configurations[0]!, {
      additionalEntryPoints: entries.map((one) => one.declarations),
    });
    return new Map(
      configurations.map((one, index) => {
        const { report } = entries[index]!;
        const messages: string[] = [];
        Extractor.invoke(one, {
          localBuild: true,
          compilerState,
          messageCallback: (message) => {
            message.handled = true;
            if (message.logLevel === "error") messages.push(message.text);
          },
        });
        if (messages.length > 0) throw new Error(`${report}: ${messages.join("\n")}`);
        return [report, readFileSync(join(folder, String(index), "report.api.md"), "utf8")];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Every entry of every package that has types, in order. */
function entriesOf(): Entry[] {
  return readdirSync(join(root, "packages"))
    .filter((name) => existsSync(join(root, "packages", name, "package.json")))
    .sort()
    .flatMap((name) => {
      const folder = join(root, "packages", name);
      const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
        exports?: Record<string, string | { types: string }>;
      };
      return Object.entries(exports ?? {}).flatMap(([path, target]) => {
        if (typeof target === "string") return [];
        const report = `packages/${name}/etc/${[name, ...path.split("/").slice(1)].join(".")}.api.md`;
        return [{ report, folder, declarations: join(folder, target.types) }];
      });
    });
}

function configuration({ folder, declarations }: Entry, all: readonly Entry[], reportFolder: string): ExtractorConfig {
  mkdirSync(reportFolder);
  const configObject: IConfigFile = {
    projectFolder: folder,
    mainEntryPointFilePath: declarations,
    newlineKind: "lf",
    compiler: {
      overrideTsconfig: {
        compilerOptions: {
          target: "ES2023",
          lib: ["ES2023"],
          types: ["node"],
          module: "NodeNext",
          moduleResolution: "NodeNext",
          strict: true,
          skipLibCheck: true,
        },
        files: all.map((one) => one.declarations),
      },
    },
    apiReport: {
      enabled: true,
      reportFileName: "report",
      reportFolder,
      reportTempFolder: reportFolder + ".temporary",
      includeForgottenExports: true, // a type that an export needs is part of it, named or not
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages: {
      // "none" is a member of a const enum, which can't be had across modules here
      extractorMessageReporting: { default: { logLevel: "none" as never } },
      tsdocMessageReporting: { default: { logLevel: "none" as never } },
    },
  };
  return ExtractorConfig.prepare({
    configObject,
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, "package.json"),
  });
}

/** The reports that are committed, by their paths from the repository's root. */
export function writtenReports(): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(join(root, "packages")).sort()) {
    const folder = `packages/${name}/etc`;
    if (!existsSync(join(root, folder))) continue;
    for (const file of readdirSync(join(root, folder)).sort())
      if (file.endsWith(".api.md")) found.set(`${folder}/${file}`, readFileSync(join(root, folder, file), "utf8"));
  }
  return found;
}
