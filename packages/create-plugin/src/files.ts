import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Language, PluginKind } from "./kinds.ts";
import { manifestOf } from "./manifest.ts";
import { identifierOf, pluginNames } from "./names.ts";

/** What a package is to be. */
export interface PluginChoice {
  readonly kind: PluginKind;
  /** The npm package's name. */
  readonly name: string;
  readonly language: Language;
}

const templates = fileURLToPath(new URL("../templates/", import.meta.url));

/**
 * The files of a plugin's package, by their paths in it.
 *
 * A kind's template is a package that works, called rewardlab-plugin-template-name; its names are replaced, and that is all. Its sources hold no type: the
 * definers infer them all, so that the same text is JavaScript, but for the endings of files.
 */
export function pluginFiles({ kind, name, language }: PluginChoice): Record<string, string> {
  const names = pluginNames(name);
  const own = { ...textsIn("package"), ...(language === "ts" ? textsIn("typescript") : {}), ...textsIn(`kinds/${kind}`) };
  const readme = [`kinds/${kind}`, "package", ...(language === "ts" ? ["typescript"] : [])].map((part) =>
    readTemplate(`${part}/README.md`),
  );
  const sources = Object.entries(own).filter(([path]) => path.startsWith("src/"));
  const words = new Set(sources.flatMap(([, text]) => text.match(/\w+/g) ?? []));
  const identifier = identifierOf(names.component, kind, words);
  const replaced = {
    "rewardlab-plugin-template-name": names.package,
    "template-name": names.component,
    templateName: identifier,
  };
  const named = (text: string) =>
    (language === "js" ? text.replaceAll(/\b(template-name|index)(\.test)?\.ts\b/g, "$1$2.js") : text).replaceAll(
      /rewardlab-plugin-template-name|template-name|templateName/g,
      (found) => replaced[found as keyof typeof replaced],
    );
  const importedBy = (tests: boolean) =>
    sources.filter(([path]) => path.includes(".test.") === tests).flatMap(([, text]) => packagesImported(text));
  const manifest = manifestOf({
    kind,
    language,
    names,
    imported: importedBy(false),
    tested: importedBy(true),
    versions: versions(),
  });
  return Object.fromEntries(
    Object.entries({ ...own, "README.md": readme.join("\n"), "package.json": `${JSON.stringify(manifest, null, 2)}\n` }).map(
      ([path, text]) => [named(path), path === "package.json" ? text : named(text)],
    ),
  );
}

/** Names of the packages that a source imports. */
function packagesImported(source: string): string[] {
  return [...source.matchAll(/^(?:import|export)\b[^;]*?["']((?:@[^/"']+\/)?[^./"'][^/"']*)[^"']*["'];/gm)]
    .map(([, name]) => name!)
    .filter((name) => !name.startsWith("node:"));
}

/** Which versions fit: of our packages those of this one's, since all move together; of others those in versions.json. */
function versions(): Record<string, string> {
  const { version } = JSON.parse(readFileSync(join(templates, "..", "package.json"), "utf8")) as { version: string };
  const ours = Object.fromEntries(["cli", "conformance", "core"].map((name) => [`@rewardlab/${name}`, `^${version}`]));
  return { ...ours, ...(JSON.parse(readTemplate("versions.json")) as Record<string, string>) };
}

function readTemplate(path: string): string {
  return readFileSync(join(templates, path), "utf8");
}

/** The files of a template's folder, but for its README. A leading _ stands for a dot: npm leaves files like .gitignore out of packages. */
function textsIn(folder: string): Record<string, string> {
  const files = readdirSync(join(templates, folder), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(join(templates, folder).length + 1)
          .replaceAll("\\", "/"),
      )
      .filter((path) => path !== "README.md")
      .sort()
      .map((path) => [path.replaceAll(/(^|\/)_/g, "$1."), readTemplate(`${folder}/${path}`)]),
  );
}
