import { measures, trains } from "./stage-role.ts";
import type { GridRun, Iteration, Provenance, RunStage, Status } from "./grid-run.ts";
import { readJson, readJsonLines, tolerant } from "@rewardlab/storage";
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { finiteNumbers, finiteOf, listOf, numberOf, recordOf, textOf } from "./plain.ts";
import { evaluationProblems, readEvaluation } from "./read-evaluation.ts";
import { declarationsOf } from "./read-declarations.ts";
import type { Declarations } from "./read-declarations.ts";
import type { Evaluation } from "./read-evaluation.ts";
import { settingsProblem } from "./settings.ts";
import { readVersions } from "./versions.ts";
import { unreadMetrics } from "./whole-metrics.ts";

/** Where the files of runs lie. */
export interface Places {
  readonly root: string;
  /** Where artefacts that came with the experiment lie. */
  readonly shipped: string | null;
}

const statuses: readonly Status[] = ["queued", "running", "interrupted", "failed", "collapsed", "done"];

export interface Expected {
  readonly cell: string;
  readonly seed: number;
  readonly label: string;
  /** By stage; those that the run wrote down itself win. */
  readonly seeds?: Readonly<Record<string, number>>;
  /** The run's key as the experiment is now; null where grid.json doesn't say. */
  readonly key: string | null;
  readonly folder: string;
}

/** All that a report needs of a run's folder. It throws nothing: what is missing or can't be read is among the run's problems. */
export function readRun(places: Places, { cell, seed, label, seeds = {}, key, folder }: Expected): GridRun {
  const problems: string[] = [];
  const note = (message: string) => void problems.push(message);
  const read = (name: string) => tolerant(() => readJson(join(folder, name)), undefined, note);
  const { status: written, reason, key: ranAs } = recordOf(read("status.json"));
  const isThisRun = key === null || ranAs === key; // else the experiment was changed since, and this run is still to be done
  const status = (isThisRun && statuses.find((one) => one === written)) || "queued";
  const provenance = isThisRun ? readProvenance(read("provenance.json")) : null;
  // Until a run is finished, results.json is missing or an older experiment's.
  const finished = status === "done" || status === "collapsed";
  const stages = finished
    ? recordedStages(places, resultsOf(join(folder, "results.json"), note))
    : stagesSoFar(places, folder, provenance, note);
  const iterations = readIterations(stages, problems);
  if (finished) {
    const missing = settingsProblem(folder);
    if (missing !== null) note(missing);
    for (const stage of stages)
      for (const what of measures(stage) ? evaluationProblems(stage.results) : [])
        note(`${join(folder, "results.json")}: ${stage.name}: ${what}`);
  }
  const unread = unreadMetrics({ stages, iterations, problems, status, folder });
  if (unread !== null) note(unread);
  return {
    cell,
    seed,
    label,
    seeds: provenance?.seeds ?? seeds,
    folder,
    status,
    reason: textOf(reason),
    provenance,
    stages,
    ...beforeAndAfter(stages),
    iterations,
    declared: isThisRun ? readDeclared(stages, read("metrics.json")) : {},
    seconds: isThisRun ? finiteOf(recordOf(read("timing.json")).seconds) : null,
    problems,
  };
}

function readProvenance(source: unknown): Provenance | null {
  if (source === undefined) return null;
  const { engine, node, platform, data, seeds, plugins, stages, versions } = recordOf(source);
  return {
    engine: textOf(engine) ?? textOf(recordOf(engine).name),
    node: textOf(node),
    platform: textOf(platform),
    data: textOf(data),
    seeds: seeds === undefined ? null : finiteNumbers(seeds),
    plugins: listOf(plugins)
      .map(recordOf)
      .map(({ name, version }) => ({ name: textOf(name) ?? "?", version: textOf(version) ?? "?" })),
    versions: { model: readVersions(recordOf(versions).model), data: readVersions(recordOf(versions).data) },
    stages: listOf(stages)
      .map(recordOf)
      .map(({ name, use, role, key, versions: used }) => ({
        name: textOf(name) ?? "?",
        use: textOf(use) ?? "?",
        role: textOf(role),
        key: textOf(key) ?? "?",
        versions: readVersions(used),
      })),
  };
}

// ---------------------------------------------------------------- stages

/** The list in a finished run's results.json. That it isn't there, or is no list of stages, is told: its numbers are not known, and none of them is 0. */
function resultsOf(path: string, note: Note): unknown {
  const results = tolerant(() => readJson(path), null, note);
  if (results === undefined) note(`${path}: is missing, though the run is finished`);
  else if (results !== null && !(Array.isArray(results) && results.every((one) => textOf(recordOf(one).name) !== null)))
    note(`${path}: holds no list of stages with their results`);
  return results;
}
type Note = (message: string) => void;

function recordedStages({ root, shipped }: Places, records: unknown): RunStage[] {
  return listOf(records)
    .map(recordOf)
    .map(({ name, use, role, key, folder, results }) => {
      const written = resolve(root, textOf(folder) ?? ".");
      const elsewhere = shipped === null ? written : join(shipped, basename(written));
      const there = existsSync(written) || !existsSync(elsewhere) ? written : elsewhere;
      return {
        name: textOf(name) ?? "?",
        use: textOf(use) ?? "?",
        role: textOf(role),
        key: textOf(key) ?? "?",
        folder: there,
        results,
      };
    });
}

/** The stages of an unfinished run: those whose artefact is there, and the one it is working at. */
function stagesSoFar({ root, shipped }: Places, folder: string, provenance: Provenance | null, note: Note): RunStage[] {
  return (provenance?.stages ?? []).flatMap(({ name, use, role, key }) => {
    const artefact = `${name}-${key.slice(0, 12)}`;
    const places = [
      join(root, "artefacts", artefact),
      ...(shipped === null ? [] : [join(shipped, artefact)]),
      folder,
      join(folder, name),
    ];
    for (const place of places) {
      const made = recordOf(tolerant(() => readJson(join(place, "artefact.json")), undefined, note));
      const begun = recordOf(tolerant(() => readJson(join(place, "stage.json")), undefined, note));
      if (made.key !== key && begun.key !== key) continue;
      return [{ name, use, role: role ?? null, key, folder: place, results: made.results }];
    }
    return [];
  });
}

function beforeAndAfter(stages: readonly RunStage[]): { before: Evaluation | null; after: Evaluation | null } {
  const firstRl = stages.findIndex(trains);
  const lastOf = (some: readonly RunStage[]) => {
    const stage = some.findLast(measures);
    return stage ? readEvaluation(stage.name, stage.results) : null;
  };
  return firstRl === -1
    ? { before: lastOf(stages), after: null }
    : { before: lastOf(stages.slice(0, firstRl)), after: lastOf(stages.slice(firstRl)) };
}

// ---------------------------------------------------------------- metrics

function readDeclared(stages: readonly RunStage[], source: unknown): Declarations {
  const ofRl = stages.filter(trains).map(({ name }) => declarationsOf(recordOf(source)[name]));
  return Object.assign({}, ...ofRl.toReversed()) as Declarations; // where several say something, the first
}

function readIterations(stages: readonly RunStage[], problems: string[]): Iteration[] {
  const iterations: Iteration[] = [];
  for (const { folder } of stages.filter(trains)) {
    const start = iterations.at(-1)?.iteration ?? 0;
    for (const line of readLines(join(folder, "metrics.jsonl"), problems)) {
      const { iteration, rules, ...rest } = recordOf(line);
      const values: Record<string, number> = {};
      const note = (name: string, value: unknown) => {
        const number = value === null ? NaN : numberOf(value); // JSON.stringify writes NaN and ±∞ as null
        if (number !== null) values[name] = number;
      };
      for (const [name, value] of Object.entries(rest)) note(name, value);
      for (const [name, value] of Object.entries(recordOf(rules))) note(`rules.${name}`, value);
      iterations.push({ iteration: start + (finiteOf(iteration) ?? iterations.length - start + 1), values });
    }
  }
  return iterations;
}

/** The lines of a JSON-lines file; what can't be read is noted in `problems`. */
export function readLines(path: string, problems: string[]): readonly unknown[] {
  const note = (message: string) => void problems.push(message);
  const { lines, torn } = tolerant(() => readJsonLines(path), { lines: [], torn: 0 }, note);
  if (torn > 0) note(`${path}: the last line was cut short and is left out`);
  const odd = lines.findIndex((line) => typeof line !== "object" || line === null || Array.isArray(line));
  if (odd !== -1) note(`${path}:${odd + 1}: is no JSON object`);
  return lines;
}
