import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { sidebarOf } from "./navigation.ts";
import { stageSite } from "./stage.ts";

/** What building the site came to. */
export interface BuiltSite {
  /** The folder with the pages, ready to be served. */
  readonly folder: string;
  readonly pages: readonly string[];
  /** What is wrong: dead links, names without a comment, what VitePress said. Empty: all is well. */
  readonly problems: readonly string[];
}

/** Builds the site into docs/.site/dist; what was there before is gone. */
export async function buildSite(root: string): Promise<BuiltSite> {
  const docs = join(root, "docs");
  const staged = join(docs, ".site");
  rmSync(staged, { recursive: true, force: true });
  const { pages, files, problems } = await stageSite(root);
  for (const [path, text] of pages) write(join(staged, path), text);
  for (const file of files) cpSync(join(docs, file), join(staged, file));
  cpSync(join(docs, ".vitepress", "config.ts"), join(staged, ".vitepress", "config.ts"));
  write(join(staged, ".vitepress", "sidebar.json"), JSON.stringify(sidebarOf(pages)));
  const folder = join(staged, "dist");
  const vitepress = join(docs, "node_modules", "vitepress", "bin", "vitepress.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [vitepress, "build", staged], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", CI: "true" },
  });
  const said = status === 0 ? [] : [`VitePress: ${`${stdout}${stderr}`.trim().split("\n").slice(-30).join("\n")}`];
  const built = status === 0 ? filesIn(folder, "") : [];
  return { folder, pages: [...pages.keys()], problems: [...problems, ...said, ...deadLinks(folder, built)] };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function filesIn(folder: string, below: string): string[] {
  if (!existsSync(join(folder, below))) return [];
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(below, entry.name);
    return entry.isDirectory() ? filesIn(folder, path) : [path];
  });
}

/** Links within the built pages whose page or heading isn't there. VitePress sees missing pages alone. */
function deadLinks(folder: string, built: readonly string[]): string[] {
  const pages = new Map(
    built.filter((path) => path.endsWith(".html")).map((path) => [path, readFileSync(join(folder, path), "utf8")]),
  );
  const ids = new Map(
    [...pages].map(([path, html]) => [path, new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!))]),
  );
  const all = new Set(built);
  return [...pages].flatMap(([page, html]) =>
    [...new Set([...html.matchAll(/<a [^>]*?href="([^"]+)"/g)].map(([, href]) => href!.replaceAll("&amp;", "&")))].flatMap(
      (href) => {
        if (/^[a-z]+:/.test(href)) return [];
        const [path = "", anchor] = href.split("#");
        const resolved = path === "" ? page : path.startsWith("/") ? path.slice(1) : posix.join(posix.dirname(page), path);
        const target = resolved === "" || resolved.endsWith("/") ? `${resolved}index.html` : resolved;
        if (!all.has(target)) return [`${page}: links to ${href}, a page that isn't there`];
        const found = anchor === undefined || anchor === "" || (ids.get(target)?.has(decodeURIComponent(anchor)) ?? true);
        return found ? [] : [`${page}: links to ${href}, a heading that isn't there`];
      },
    ),
  );
}
