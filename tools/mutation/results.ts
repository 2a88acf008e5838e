// What is kept of a run: counts, and the mutants that survived, each with why where it is known.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { wilsonInterval } from "@rewardlab/statistics";
import type { Numbered } from "./instrument.ts";
import type { Fate } from "./tester.ts";

export interface Outcome {
  readonly mutant: Numbered;
  readonly fate: Fate;
  /** The test that failed. */
  readonly by?: string;
}

interface Counts {
  /** Mutants there are, and those that were tried. */
  readonly mutants: number;
  readonly tried: number;
  readonly killed: number;
}
interface Survivor {
  readonly at: string;
  readonly operator: string;
  readonly change: string;
  readonly fate: Fate;
}
interface Result {
  readonly date: string;
  readonly seed: number;
  readonly packages: Readonly<Record<string, Counts>>;
  readonly operators: Readonly<Record<string, Omit<Counts, "mutants">>>;
  readonly survivors: readonly Survivor[];
}

const folder = new URL("results/", import.meta.url);

/** By file and a part of the change: why a mutant may survive. */
const reasonsFile = new URL("reasons.json", import.meta.url);
type Reasons = readonly { readonly file: string; readonly change: string; readonly why: string }[];

export function writeResults(
  name: string,
  { seed, of, outcomes }: { seed: number; of: readonly Numbered[]; outcomes: readonly Outcome[] },
): void {
  const dead = ({ fate }: Outcome) => fate === "killed" || fate === "timed out";
  const counted = (own: readonly Outcome[]) => ({ tried: own.length, killed: own.filter(dead).length });
  const result: Result = {
    date: new Date().toISOString().slice(0, 10),
    seed,
    packages: Object.fromEntries(
      [...new Set(of.map(partOf))].map((part) => [
        part,
        {
          mutants: of.filter((mutant) => partOf(mutant) === part).length,
          ...counted(outcomes.filter(({ mutant }) => partOf(mutant) === part)),
        },
      ]),
    ),
    operators: Object.fromEntries(
      [...new Set(outcomes.map(({ mutant }) => mutant.operator))]
        .sort()
        .map((operator) => [operator, counted(outcomes.filter(({ mutant }) => mutant.operator === operator))]),
    ),
    survivors: outcomes
      .filter((outcome) => !dead(outcome))
      .map(({ mutant: { file, line, operator, change }, fate }) => ({ at: `${file}:${line}`, operator, change, fate }))
      .sort((a, b) =>
        a.at.split(":")[0]! < b.at.split(":")[0]!
          ? -1
          : a.at.split(":")[0] === b.at.split(":")[0]
            ? Number(a.at.split(":")[1]) - Number(b.at.split(":")[1])
            : 1,
      ),
  };
  write(name, result);
}

function read(name: string): Result {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as Result;
}

function write(name: string, result: Result): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(result, null, 1)}\n`);
  writeFileSync(new URL("results.md", import.meta.url), page());
}

/** The mutants that survived a run, as they stand in the sources now; of several alike the one nearest to where it was. */
export function survivorsOf(name: string, mutants: readonly Numbered[]): Numbered[] {
  return read(name).survivors.flatMap((survivor) => {
    const [file, line] = survivor.at.split(":") as [string, string];
    const alike = mutants.filter((one) => one.file === file && one.change === survivor.change);
    return alike.sort((a, b) => Math.abs(a.line - Number(line)) - Math.abs(b.line - Number(line))).slice(0, 1);
  });
}

/** Takes what is killed now off a run's survivors. What is no longer in the sources stays. */
export function correctResults(name: string, outcomes: readonly Outcome[]): void {
  const before = read(name);
  const killed = outcomes.filter(({ fate }) => fate === "killed" || fate === "timed out").map(({ mutant }) => mutant);
  const packages = structuredClone(before.packages) as Record<string, { mutants: number; tried: number; killed: number }>;
  const operators = structuredClone(before.operators) as Record<string, { tried: number; killed: number }>;
  const left = [...before.survivors];
  for (const mutant of killed) {
    const alike = left
      .map((one, index) => ({ ...one, index, away: Math.abs(Number(one.at.split(":")[1]) - mutant.line) }))
      .filter((one) => one.at.startsWith(`${mutant.file}:`) && one.change === mutant.change)
      .sort((a, b) => a.away - b.away);
    left.splice(alike[0]!.index, 1);
    packages[partOf(mutant)]!.killed += 1;
    operators[mutant.operator]!.killed += 1;
  }
  write(name, { ...before, packages, operators, survivors: left });
}

/** packages/core/src/training, packages/rewards. */
function partOf({ file }: Numbered): string {
  const [, name, , inside] = file.split("/");
  return name === "core" ? `packages/core/src/${inside}` : `packages/${name}`;
}

function page(): string {
  const reasons: Reasons = existsSync(reasonsFile) ? (JSON.parse(readFileSync(reasonsFile, "utf8")) as Reasons) : [];
  const results = readdirSync(folder)
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Result);
  const parts = results.flatMap(({ packages, date, seed }) =>
    Object.entries(packages).map(([part, counts]) => ({ part, date, seed, ...counts })),
  );
  const rows = parts.map(({ part, mutants, tried, killed, date, seed }) => {
    const { low, high } = wilsonInterval(killed, tried);
    const among = tried === mutants ? "all" : `${tried}, seed ${seed}`;
    return `| ${part} | ${mutants} | ${among} | ${killed} | ${percent(killed / tried)} | ${tried === mutants ? "" : `${percent(low)} to ${percent(high)}`} | ${date} |`;
  });
  const operators = new Map<string, { tried: number; killed: number }>();
  for (const { operators: own } of results)
    for (const [operator, { tried, killed }] of Object.entries(own)) {
      const before = operators.get(operator) ?? { tried: 0, killed: 0 };
      operators.set(operator, { tried: before.tried + tried, killed: before.killed + killed });
    }
  const whyOf = ({ at, change }: Survivor) =>
    reasons.find((one) => at.startsWith(`${one.file}:`) && change.includes(one.change))?.why ?? "not explained";
  return `# Mutants

Written by \`npm run mutation\`; README.md says how they are made. An interval is Wilson's, 95 %, of the killed share where only a sample was tried.

| sources | mutants | tried | killed | share | interval | date |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

| operator | tried | killed |
| --- | --- | --- |
${[...operators]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([operator, { tried, killed }]) => `| ${operator} | ${tried} | ${killed} |`)
  .join("\n")}

## Survivors

${results
  .flatMap(({ survivors }) => survivors)
  .map((one) => `- ${one.at}: \`${code(one.change)}\` (${one.operator}): ${whyOf(one)}`)
  .join("\n")}
`;
}

function code(text: string): string {
  return text.replaceAll("`", "ˋ");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
