import type { Pages } from "./kind-pages.ts";

interface Entry {
  readonly text: string;
  readonly link: string;
}
interface Group {
  readonly text: string;
  readonly collapsed?: boolean;
  readonly items: readonly Entry[];
}

/** The first pages, in the order to read them in; what stands in docs/ besides comes after, by its place. */
const first = [
  "guides/write-an-algorithm.md",
  "how-an-experiment-runs.md",
  "guides/experiment-file.md",
  "reading-the-report.md",
  "glossary.md",
];
const groups = [
  { text: "Guides", folder: "guides/" },
  { text: "Algorithms", folder: "algorithms/" },
  { text: "Kinds and contracts", folder: "reference/" },
  { text: "Decisions", folder: "decisions/", collapsed: true },
];

/** The list beside each page. Every page is in it. */
export function sidebarOf(pages: Pages): Group[] {
  const entry = (path: string): Entry => ({ text: titleOf(pages.get(path)!), link: `/${path.replace(/(?:index)?\.md$/, "")}` });
  const rest = [...pages.keys()].filter((path) => path !== "index.md" && !first.includes(path));
  const inGroup = (path: string) => groups.some(({ folder }) => path.startsWith(folder));
  return [
    { text: "Start", items: first.filter((path) => pages.has(path)).map(entry) },
    ...groups.map(({ folder, ...group }) => {
      const own = rest.filter((path) => path.startsWith(folder));
      const isIndex = (path: string) => Number(path.endsWith("/index.md"));
      return { ...group, items: own.toSorted((a, b) => isIndex(b) - isIndex(a) || (a < b ? -1 : 1)).map(entry) };
    }),
    { text: "More", items: rest.filter((path) => !inGroup(path)).map(entry) },
  ];
}

function titleOf(page: string): string {
  return /^# (.+)$/m.exec(page)?.[1]?.replaceAll("`", "") ?? "";
}
