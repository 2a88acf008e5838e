// What the site is made of: the pages in docs/, and those that are made from the sources. Links out of docs/ become links to the repository.

import { registryFor } from "@rewardlab/cli";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { algorithmPages } from "./algorithm-pages.ts";
import { referencePages } from "./kind-pages.ts";
import type { Pages } from "./kind-pages.ts";
import { REPOSITORY } from "./markdown.ts";
import { definitionSources } from "./sources.ts";

/** The whole site as Markdown, and what is wrong with it. */
export interface StagedSite {
  readonly pages: Pages;
  /** Of docs/, copied as they are: images. */
  readonly files: readonly string[];
  /** Links to nothing, public names that say nothing of themselves. */
  readonly problems: readonly string[];
}

/** Makes the site's pages. */
export async function stageSite(root: string): Promise<StagedSite> {
  const registry = await registryFor([], join(root, "packages"));
  const sources = definitionSources(root);
  const undocumented: string[] = [];
  const made = new Map([
    ...(await algorithmPages(root, registry, sources)),
    ...referencePages(root, registry, sources, undocumented),
  ]);
  const own = filesIn(join(root, "docs"), "");
  const written = own
    .filter((path) => path.endsWith(".md"))
    .map((path) => [path, readFileSync(join(root, "docs", path), "utf8")] as const);
  made.set("index.md", readFileSync(join(root, "docs", ".vitepress", "home.md"), "utf8"));
  const there = new Set([...own, ...made.keys()]);
  const problems = undocumented.map((name) => `${name}: is public, and says nothing of itself; expected a /** … */ above it`);
  const pages: Pages = new Map([...written, ...made].map(([path, text]) => [path, linked(path, text, there, root, problems)]));
  return { pages, files: own.filter((path) => !path.endsWith(".md")), problems };
}

function filesIn(folder: string, below: string): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(below, entry.name);
    if (entry.name === "node_modules" || entry.name.startsWith(".") || entry.name === "package.json") return [];
    return entry.isDirectory() ? filesIn(folder, path) : [path];
  });
}

/** Sources that have a page, which whoever reads them elsewhere hasn't. */
const shownAs: Readonly<Record<string, string>> = { "packages/core/src/kinds.ts": "reference/" };

/** The page with its links made for the site. */
function linked(page: string, text: string, there: ReadonlySet<string>, root: string, problems: string[]): string {
  return outsideCode(text, (part) =>
    part.replace(/\]\(([^)\s]+)\)/g, (whole, link: string) => {
      if (/^(?:[a-z]+:|#|\/)/.test(link)) return whole;
      const [path = "", anchor] = link.split("#");
      const target = posix.normalize(posix.join(posix.dirname(page), path));
      if (there.has(target)) return whole;
      const inside = [`${target}.md`, posix.join(target, "index.md")].find((one) => there.has(one));
      if (inside !== undefined) return whole;
      const file = posix.normalize(posix.join("docs", posix.dirname(page), path));
      if (Object.hasOwn(shownAs, file)) return `](/${shownAs[file]})`;
      if (!file.startsWith("..") && existsSync(join(root, file))) {
        const address = statSync(join(root, file)).isDirectory() ? REPOSITORY.replace("/blob/", "/tree/") : REPOSITORY;
        return `](${address}${file}${anchor === undefined ? "" : `#${anchor}`})`;
      }
      problems.push(`docs/${page}: links to ${link}, which isn't there`);
      return whole;
    }),
  );
}

/** Changes what stands in no code. */
function outsideCode(text: string, change: (part: string) => string): string {
  return text
    .split(/(^(`{3,})[^]*?^\2$|`[^`\n]*`)/gm)
    .map((part, index) => (index % 3 === 0 ? change(part) : index % 3 === 1 ? part : ""))
    .join("");
}
