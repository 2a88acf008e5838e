// npm run simulate: writes tools/simulations/results.json and results.md (about 15 minutes; `npm run simulate -- 200` draws 200 grids a world, for a look).

import { writeFileSync } from "node:fs";
import { claimsOf } from "./claims.ts";
import { effectsOf } from "./effects.ts";
import { looksOf } from "./looks.ts";
import { powerOf } from "./power.ts";
import { resultsPage } from "./page.ts";
import type { Results } from "./page.ts";
import { QUESTIONS_DOMINATE, SEEDS_DOMINATE } from "./world.ts";
import type { World } from "./world.ts";

const few = process.argv[2] === undefined ? null : Number(process.argv[2]);
const DOMINATE = { "seeds dominate": SEEDS_DOMINATE, "questions dominate": QUESTIONS_DOMINATE } as const;
const coldStarts = { coldStart: 0.5, coldStartOfVariant: 0.4 };

const standard = Object.entries(DOMINATE).flatMap(([where, world]) =>
  [5, 10, 30].map((seeds): [string, World] => [`${where}, ${seeds} seeds`, { ...world, seeds }]),
);
const worlds: readonly (readonly [string, World])[] = [
  ...standard,
  ...[3, 5].flatMap((count): [string, World][] => [
    [`cold starts differ, ${count} × 5 seeds`, { ...SEEDS_DOMINATE, ...coldStarts, coldStarts: count }],
    [`cold starts do nothing, ${count} × 5 seeds`, { ...SEEDS_DOMINATE, coldStarts: count }],
    [`questions dominate, ${count} × 5 seeds`, { ...QUESTIONS_DOMINATE, coldStarts: count }],
  ]),
  ["seeds dominate, 5 seeds, 7 variants", { ...SEEDS_DOMINATE, variants: 7 }],
  ["seeds differ a little, 5 seeds, 7 variants", { ...SEEDS_DOMINATE, variants: 7, runOfVariant: 0.15 }],
  ["seeds and questions, 5 seeds, 7 variants", { ...SEEDS_DOMINATE, variants: 7, itemOfVariant: 0.8 }],
  ["neither, 5 seeds", { ...SEEDS_DOMINATE, runOfVariant: 0, itemOfVariant: 0, cell: 0.6 }],
  ["seeds dominate, 5 seeds, 30 items", { ...SEEDS_DOMINATE, items: 30 }],
  ["questions dominate, 5 seeds, 30 items", { ...QUESTIONS_DOMINATE, items: 30 }],
  ["seeds dominate, 5 seeds, accuracy 0.92", { ...SEEDS_DOMINATE, level: 3 }],
  ["questions dominate, 5 seeds, accuracy 0.92", { ...QUESTIONS_DOMINATE, level: 3 }],
  ["questions dominate, 10 seeds, accuracy 0.1", { ...QUESTIONS_DOMINATE, seeds: 10, level: -3 }],
];

const grids = ({ seeds, coldStarts: count }: World) => few ?? (seeds * count > 12 ? 2000 : 4000);
const results: { -readonly [Name in keyof Results]: Results[Name][number][] } = {
  nothing: [],
  different: [],
  power: [],
  looks: [],
  effects: [],
};
const timed = (name: string) => console.log(`${Math.round(performance.now() / 1000)} s: ${name}`);

for (const [name, world] of worlds) {
  timed(name);
  results.nothing.push({ name, grids: grids(world), claims: claimsOf(world, grids(world), `nothing: ${name}`) });
  write();
}
for (const [name, world] of [...worlds.slice(0, standard.length + 6), ...worlds.slice(-5)]) {
  timed(`a difference: ${name}`);
  const count = few ?? grids(world) / 2;
  const shifted = { ...world, variants: 1, shifts: [0.8] };
  results.different.push({ name, grids: count, claims: claimsOf(shifted, count, `different: ${name}`) });
  write();
}
for (const [name, world] of worlds.filter(([, { variants, level, items }]) => variants === 3 && level === 1 && items === 200)) {
  timed(`power: ${name}`);
  const count = few ?? 1000;
  const powers = (["accuracy", "voting"] as const).map((metric) => powerOf(world, metric, count, `power: ${name}`));
  results.power.push({ name, grids: count, powers });
  write();
}
for (const [name, world] of Object.entries(DOMINATE)) {
  timed(`looks: ${name}`);
  const count = few ?? 4000;
  const looks = looksOf({ ...world, seeds: 20, items: 100 }, ["accuracy", "voting"], count, `looks: ${name}`);
  results.looks.push({ name, grids: count, looks });
  write();
}
for (const [name, world] of [...standard.slice(0, 2), ...standard.slice(3, 5)]) {
  timed(`effects: ${name}`);
  const count = few ?? 2000;
  results.effects.push({ name, grids: count, claims: effectsOf(world, count, `effects: ${name}`) });
  write();
}
timed("done");
if (few !== null) console.log(resultsPage(results));

function write(): void {
  if (few !== null) return;
  const at = (name: string) => new URL(name, import.meta.url);
  writeFileSync(at("results.json"), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(at("results.md"), resultsPage(results));
}
