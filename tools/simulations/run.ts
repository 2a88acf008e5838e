// npm run simulate: writes tools/simulations/results.json and results.md, about 15 minutes. Remove results.json to simulate anew: what it holds is kept.
// `npm run simulate -- 200` draws 200 grids a world, prints the page and writes nothing.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { claimsOf } from "./claims.ts";
import { effectsOf } from "./effects.ts";
import { reportedOf } from "./through-report.ts";
import { looksOf } from "./looks.ts";
import { powerOf } from "./power.ts";
import { resultsPage } from "./page.ts";
import type { Results } from "./page.ts";
import { QUESTIONS_DOMINATE, SEEDS_DOMINATE } from "./world.ts";
import type { World } from "./world.ts";

const few = process.argv[2] === undefined ? null : Number(process.argv[2]);
const at = (name: string) => new URL(name, import.meta.url);
const written: Partial<Results> =
  few === null && existsSync(at("results.json")) ? JSON.parse(readFileSync(at("results.json"), "utf8")) : {};
const DOMINATE = { "seeds dominate": SEEDS_DOMINATE, "questions dominate": QUESTIONS_DOMINATE } as const;
const coldStarts = { coldStart: 0.5, coldStartOfVariant: 0.4 };

const standard = Object.entries(DOMINATE).flatMap(([where, world]) =>
  [5, 10, 30].map((seeds): [string, World] => [`${where}, ${seeds} seeds`, { ...world, seeds }]),
);
const differing = [3, 5].map((count): [string, World] => [
  `cold starts differ, ${count} × 5 seeds`,
  { ...SEEDS_DOMINATE, ...coldStarts, coldStarts: count },
]);
const fewSeedsEach = [5, 8].map((count): [string, World] => [
  `cold starts differ, ${count} × 2 seeds`,
  { ...SEEDS_DOMINATE, ...coldStarts, coldStarts: count, seeds: 2 },
]);
const hard: readonly (readonly [string, World])[] = [
  ["seeds dominate, 5 seeds, 30 items", { ...SEEDS_DOMINATE, items: 30 }],
  ["questions dominate, 5 seeds, 30 items", { ...QUESTIONS_DOMINATE, items: 30 }],
  ["seeds dominate, 5 seeds, accuracy 0.92", { ...SEEDS_DOMINATE, level: 3 }],
  ["questions dominate, 5 seeds, accuracy 0.92", { ...QUESTIONS_DOMINATE, level: 3 }],
  ["questions dominate, 10 seeds, accuracy 0.1", { ...QUESTIONS_DOMINATE, seeds: 10, level: -3 }],
];
const worlds: readonly (readonly [string, World])[] = [
  ...standard,
  ...differing,
  ...fewSeedsEach,
  ["cold starts do nothing, 3 × 5 seeds", { ...SEEDS_DOMINATE, coldStarts: 3 }],
  ["questions dominate, 3 × 5 seeds", { ...QUESTIONS_DOMINATE, coldStarts: 3 }],
  ["questions dominate, 5 × 5 seeds", { ...QUESTIONS_DOMINATE, coldStarts: 5 }],
  ["seeds dominate, 5 seeds, 7 variants", { ...SEEDS_DOMINATE, variants: 7 }],
  ["seeds differ a little, 5 seeds, 7 variants", { ...SEEDS_DOMINATE, variants: 7, runOfVariant: 0.15 }],
  ["seeds and questions, 5 seeds, 7 variants", { ...SEEDS_DOMINATE, variants: 7, itemOfVariant: 0.8 }],
  ["neither, 5 seeds", { ...SEEDS_DOMINATE, runOfVariant: 0, itemOfVariant: 0, cell: 0.6 }],
  ...hard,
];

/** Grids of a world, more where they are small. */
const grids = ({ seeds, coldStarts: count, variants }: World) => few ?? (seeds * count * variants > 30 ? 2000 : 4000);
const results: { -readonly [Name in keyof Results]: Results[Name][number][] } = {
  nothing: [],
  power: [],
  looks: [],
  different: [],
  effects: [],
  report: [],
};

for (const [name, world] of worlds)
  add("nothing", { name, grids: grids(world) }, (of) => ({ claims: claimsOf(world, of.grids, `nothing: ${name}`) }));
for (const [name, world] of [...standard, ...differing])
  add("power", { name, grids: few ?? 1000 }, (of) => ({
    powers: (["accuracy", "voting"] as const).map((metric) => powerOf(world, metric, of.grids, `power: ${name}`)),
  }));
for (const [name, world] of Object.entries(DOMINATE))
  add("looks", { name, grids: few ?? 1000 }, (of) => ({
    looks: looksOf({ ...world, seeds: 20, items: 100 }, ["accuracy", "voting"], of.grids, `looks: ${name}`),
  }));
for (const [name, world] of standard.filter(([, { seeds }]) => seeds < 30))
  add("effects", { name, grids: few ?? 1000 }, (of) => ({ claims: effectsOf(world, of.grids, `effects: ${name}`) }));
for (const [name, world] of standard.filter(([, { seeds }]) => seeds === 5))
  add("report", { name, grids: few ?? 60 }, (of) => ({
    claims: reportedOf({ ...world, items: 60 }, of.grids, `report: ${name}`),
  }));
for (const [name, world] of [...standard, ...differing, ...hard]) {
  const shifted = { ...world, variants: 1, shifts: [0.8] };
  add("different", { name, grids: few ?? 1000 }, (of) => ({ claims: claimsOf(shifted, of.grids, `different: ${name}`) }));
}
console.log(`${Math.round(performance.now() / 1000)} s: done`);
if (few !== null) console.log(resultsPage(results));

/** Goes on where an earlier run was stopped: what it has written of a world with as many grids would be the same again. */
function add<Name extends keyof Results>(
  part: Name,
  study: { readonly name: string; readonly grids: number },
  simulate: (study: { readonly grids: number }) => Omit<Results[Name][number], "name" | "grids">,
): void {
  const before = (written[part] ?? []).find(({ name, grids: count }) => name === study.name && count === study.grids);
  if (!before) console.log(`${Math.round(performance.now() / 1000)} s: ${part}, ${study.name}`);
  (results[part] as unknown[]).push(before ?? { ...study, ...simulate(study) });
  if (few !== null) return;
  const parts = Object.entries(results).map(([name, made]) => [
    name,
    made.length > 0 ? made : (written[name as keyof Results] ?? []),
  ]);
  const all = Object.fromEntries(parts) as Results; // parts that this run hasn't come to stay as they were
  writeFileSync(at("results.json"), `${JSON.stringify(all, null, 1)}\n`);
  writeFileSync(at("results.md"), resultsPage(all));
}
