// The reference: a page for each kind, with its contract and the components there are, and one for everything else that plugin authors import.

import { describedMetrics, optionRows } from "@rewardlab/core/host";
import type { Registry } from "@rewardlab/core/host";
import type { Component, Kind } from "@rewardlab/core";
import { details, documentation, fence, prose, sourceLink, table } from "./markdown.ts";
import { declarationsOf, exportsOf } from "./sources.ts";
import type { Declaration, DefinitionSource } from "./sources.ts";

/** A page of the site that is made, by its path. */
export type Pages = Map<string, string>;

/** The pages of the reference. What is public and says nothing of itself is pushed to `undocumented`. */
export function referencePages(
  root: string,
  registry: Registry,
  sources: ReadonlyMap<string, DefinitionSource>,
  undocumented: string[],
): Pages {
  const pages: Pages = new Map();
  const declared = publicDeclarations(root);
  for (const { name, file, comment } of declared) if (comment === "") undocumented.push(`${file}: ${name}`);
  const kinds = kindsOf(registry);
  for (const kind of kinds) pages.set(`reference/${kind}.md`, kindPage(kind, registry, sources, declared));
  const elsewhere = declared.filter(({ file }) => !file.endsWith("/kinds.ts") && !file.endsWith("/stage.ts"));
  pages.set("reference/functions.md", functionsPage(elsewhere));
  pages.set("reference/index.md", overview(kinds, registry));
  return pages;
}

/** The kinds that there are components of. */
export function kindsOf(registry: Registry): Kind[] {
  const kinds = registry.plugins.flatMap(({ plugin }) => (plugin.components ?? []).map(({ kind }) => kind));
  return [...new Set(kinds)];
}

function publicDeclarations(root: string): Declaration[] {
  return exportsOf(root, "packages/core/src/index.ts").flatMap(({ file, names }) => {
    if (!file.startsWith("packages/")) return [];
    const all = declarationsOf(root, file);
    return names === null ? all : all.filter(({ name }) => names.includes(name));
  });
}

function overview(kinds: readonly Kind[], registry: Registry): string {
  const rows = kinds.map((kind) => [
    `[${kind}](./${kind}.md)`,
    registry
      .names(kind)
      .map((name) => `[\`${name}\`](./${kind}.md#${anchorOf(name)})`)
      .join(" "),
  ]);
  return `# Kinds and contracts

An experiment's method is made of components, each of a kind. A page for each kind has what a component of it must be, as its types say it, and those there are, with options, metrics and equations; [what else a plugin imports](./functions.md) has a page too. Made from the sources: \`rewardlab plugins KIND\` tells the same of yours.

${table(["kind", "components"], rows)}
`;
}

/** What a heading of a component's name is found by. */
export const anchorOf = (name: string) => name.replaceAll("+", "plus").replaceAll(".", "-");

function kindPage(
  kind: Kind,
  registry: Registry,
  sources: ReadonlyMap<string, DefinitionSource>,
  declared: readonly Declaration[],
): string {
  const contract = contractOf(kind, declared);
  const components = registry.names(kind).map((name) => registry.component(kind, name)!);
  return `# ${kind}

${table(
  ["component", "what it is", "package"],
  components.map(({ name, summary }) => [
    `[\`${name}\`](#${anchorOf(name)})`,
    prose(summary),
    `\`${registry.ownerOf(kind, name)}\``,
  ]),
)}

## The contract

${contract.map((one) => declarationText(one)).join("\n\n")}

${components.map((component) => componentSection(component, sources.get(`${kind} ${component.name}`), "##")).join("\n\n")}
`;
}

/** What a component's part must be, and all types that this names, but for the contracts of other kinds. */
function contractOf(kind: Kind, declared: readonly Declaration[]): Declaration[] {
  const roots = contractNames(declared);
  const own = roots.get(kind);
  if (own === undefined) throw new Error(`the kind "${kind}" isn't in the interface Parts`);
  const others = new Set([...roots].flatMap(([other, names]) => (other === kind ? [] : names)));
  const found = new Set<string>();
  const follow = (name: string): void => {
    const one = declared.find((each) => each.name === name && /^(?:interface|type) /.test(each.text));
    if (one === undefined || found.has(name) || (others.has(name) && !own.includes(name))) return;
    found.add(name);
    for (const [word] of one.text.replace(/\/\*[^]*?\*\/|\/\/.*/g, "").matchAll(/\b[A-Z]\w+/g)) follow(word);
  };
  own.forEach(follow);
  return [...found].map((name) => declared.find((each) => each.name === name)!);
}

/** By kind the types that `create` of its components returns, as the interface Parts says. */
function contractNames(declared: readonly Declaration[]): Map<string, string[]> {
  const { text } = declared.find(({ name }) => name === "Parts")!;
  return new Map([...text.matchAll(/^ {2}"?([\w-]+)"?: (.+);$/gm)].map(([, kind, types]) => [kind!, types!.split(" | ")]));
}

function declarationText({ name, comment, text, file }: Declaration): string {
  return `### ${name}\n\n${documentation(comment)}\n\n${fence("ts", text)}\n\n${sourceLink(file)}`;
}

function functionsPage(declared: readonly Declaration[]): string {
  const files = [...new Set(declared.map(({ file }) => file))];
  return `# What plugins import

All that \`@rewardlab/core\` exports besides the [contracts of the kinds](./index.md), by the file it is written in.

${files
  .map(
    (file) =>
      `## ${file.replace("packages/core/src/", "")}\n\n${declared
        .filter((one) => one.file === file)
        .map(declarationText)
        .join("\n\n")}`,
  )
  .join("\n\n")}
`;
}

/** A component: its equations, options, metrics and code. */
export function componentSection(component: Component, source: DefinitionSource | undefined, level: "##" | "###"): string {
  const { name, summary } = component;
  return [
    `${level} ${name} {#${anchorOf(name)}}`,
    source === undefined || source.comment === "" ? prose(summary) : documentation(source.comment),
    ...optionsTable(component),
    ...metricsTable(component),
    ...(source === undefined ? [] : [details("The code", `${fence("ts", source.code)}\n\n${sourceLink(source.file)}`)]),
  ].join("\n\n");
}

function optionsTable({ options }: Component): string[] {
  const rows = optionRows(options).map(({ name, values, default: given, required, meaning }) => [
    `\`${name}\``,
    code(values),
    given !== undefined ? code(typeof given === "string" ? given : JSON.stringify(given)) : required ? "must be given" : "",
    prose(meaning),
  ]);
  return rows.length === 0 ? [] : [table(["option", "values", "default", "meaning"], rows)];
}

const code = (text: string) => (text === "" ? "" : `\`${text}\``);

function metricsTable(component: Component): string[] {
  const rows = describedMetrics(component).map(({ name, title, unit, of, meaning }) => [
    `\`${name}\``,
    unit === "number" ? "" : `${unit}${of === undefined ? "" : ` of ${of}`}`,
    prose(`${title}. ${meaning ?? "By the options."}`),
  ]);
  return rows.length === 0 ? [] : [table(["metric", "unit", "what it is"], rows)];
}
