import { InputError, suggestion } from "@rewardlab/core";
import { lockFolder, shortPath } from "@rewardlab/storage";
import { existsSync, lstatSync, readdirSync, realpathSync, rmdirSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { createInterface } from "node:readline/promises";
import pc from "picocolors";
import { findRuns, runsNamed } from "../find-runs.ts";
import type { FoundRun } from "../find-runs.ts";
import { count } from "../grid.ts";
import { textTable } from "../table.ts";

interface Filters {
  readonly runs: string;
  readonly status?: string;
  readonly experiment?: string;
  readonly since?: string;
  readonly json?: boolean;
}

/** Lists the runs there are. */
export async function listRuns(options: Filters): Promise<void> {
  const runs = filtered(findRuns(options.runs), options);
  if (options.json) {
    console.log(
      JSON.stringify(
        runs.map((run) => ({ ...run, when: run.when.toISOString() })),
        null,
        2,
      ),
    );
    return;
  }
  if (runs.length === 0) {
    console.log(
      `no runs${existsSync(options.runs) ? ` of this kind in ${options.runs}` : `: there is no folder ${options.runs}`}`,
    );
    return;
  }
  const metrics = new Set(runs.flatMap(({ compared }) => compared?.metric ?? []));
  const one = metrics.size === 1 ? [...metrics][0]! : "compared by";
  console.log(
    textTable(
      ["experiment", "cell", "seed", "status", "when", "score", one],
      runs.map((run) => [
        run.experiment,
        run.cell,
        run.label.replace(/^seed /, ""), // the column says so
        coloured(run.status),
        localTime(run.when),
        number(run.score),
        run.compared === null ? "" : `${number(run.compared.value)}${metrics.size > 1 ? ` ${run.compared.metric}` : ""}`,
      ]),
    ),
  );
  console.log(`${count(runs.length, "run")} in ${options.runs}`);
}

interface RemoveOptions extends Filters {
  readonly yes?: boolean;
}

/** Removes runs: those named, or those that the filters leave. Asks first. */
export async function removeRuns(names: readonly string[], options: RemoveOptions): Promise<void> {
  if (names.length === 0 && options.status === undefined && options.experiment === undefined && options.since === undefined)
    throw new InputError(
      "RL_RUN_NAME",
      "runs rm: expected the runs to remove, e.g. quickstart or quickstart/main/seed-1, or a filter such as --status failed",
    );
  const all = findRuns(options.runs);
  const named = names.length === 0 ? all : [...new Set(names.flatMap((name) => runsNamed(all, options.runs, name)))];
  const chosen = filtered(named, options);
  if (chosen.length === 0) {
    tell(options, { removed: [] }, "no runs of this kind: nothing is removed");
    return;
  }
  for (const run of chosen) checkInside(options.runs, run.folder);
  const list = chosen
    .slice(0, 10)
    .map(
      ({ path, label, status }) =>
        `  ${path} (${label === `seed ${basename(path).slice("seed-".length)}` ? "" : `${label}, `}${status})`,
    );
  const question = `${list.join("\n")}${chosen.length > 10 ? `\n  … and ${chosen.length - 10} more` : ""}\nRemove ${count(chosen.length, "run")} from ${options.runs}? It can't be undone.`;
  if (!options.yes && !(await agreed(question))) {
    tell(options, { removed: [] }, "nothing is removed");
    return;
  }
  const whole = new Set(
    [...new Set(chosen.map(({ experiment }) => experiment))].filter((experiment) =>
      all.filter((run) => run.experiment === experiment).every((run) => chosen.includes(run)),
    ),
  );
  for (const experiment of new Set(chosen.map((run) => run.experiment)))
    removeOf(options.runs, experiment, chosen, whole.has(experiment) && names.some((name) => basename(name) === experiment));
  tell(options, { removed: chosen.map(({ path }) => path) }, `removed ${count(chosen.length, "run")}`);
}

/** Runs of one experiment. With the whole experiment named, what its runs shared goes too. */
function removeOf(runsFolder: string, experiment: string, chosen: readonly FoundRun[], all: boolean): void {
  const root = join(runsFolder, experiment);
  const unlock = lockFolder(root); // a grid at work here would be left with half a run
  try {
    for (const run of chosen.filter((one) => one.experiment === experiment)) {
      removeFolder(run.folder);
      if (readdirSync(dirname(run.folder)).length === 0) rmdirSync(dirname(run.folder));
    }
    if (all) removeFolder(root);
  } finally {
    unlock();
  }
}

/** A link in it is removed, and never what it points at. */
function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** No step between the runs folder and a run may be a link: what lies behind one is not ours to remove. */
function checkInside(runsFolder: string, folder: string): void {
  const root = realpathSync(resolve(runsFolder));
  const real = realpathSync(folder);
  if (!real.startsWith(`${root}${sep}`) || lstatSync(folder).isSymbolicLink())
    throw new InputError(
      "RL_RUN_OUTSIDE",
      `runs rm: ${shortPath(folder, process.cwd())} leads out of ${runsFolder} (${real}); it is not removed`,
    );
}

async function agreed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new InputError("RL_RUN_ASK", `${question}\nruns rm: there is no terminal to ask on, expected --yes if that is meant`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

// ---------------------------------------------------------------- filters

const statuses = ["queued", "running", "interrupted", "failed", "collapsed", "done"];

/** The runs that the filters leave. Throws `InputError` for a status, experiment or time that there isn't. */
export function filtered(runs: readonly FoundRun[], { status, experiment, since }: Omit<Filters, "runs">): FoundRun[] {
  if (status !== undefined && !statuses.includes(status))
    throw new InputError("RL_RUN_FILTER", `--status ${status}: there is no such status.${suggestion(status, statuses)}`);
  const from = since === undefined ? null : timeOf(since, new Date());
  const names = [...new Set(runs.map((run) => run.experiment))];
  if (experiment !== undefined && runs.length > 0 && !names.includes(experiment))
    throw new InputError(
      "RL_RUN_FILTER",
      `--experiment ${experiment}: there is no such experiment.${suggestion(experiment, names)}`,
    );
  return runs.filter(
    (run) =>
      (status === undefined || run.status === status) &&
      (experiment === undefined || run.experiment === experiment) &&
      (from === null || run.when >= from),
  );
}

const units: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800 };

/** 30m, 12h, 2d, 1w before `now`; or a date. */
export function timeOf(text: string, now: Date): Date {
  const ago = /^(\d+)([mhdw])$/.exec(text);
  if (ago) return new Date(now.getTime() - Number(ago[1]) * units[ago[2]!]! * 1000);
  const date = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(date.getTime())) return date;
  throw new InputError("RL_RUN_FILTER", `--since ${text}: expected 30m, 12h, 2d, 1w, or a date such as 2026-01-31`);
}

// ---------------------------------------------------------------- what is told

function tell({ json }: Filters, value: object, text: string): void {
  console.log(json ? JSON.stringify(value, null, 2) : text);
}

function localTime(time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

function number(value: number | null): string {
  return value === null ? "–" : Number.isFinite(value) ? value.toFixed(3) : String(value);
}

function coloured(status: FoundRun["status"]): string {
  if (status === "done") return pc.green(status);
  if (status === "failed") return pc.red(status);
  return status === "collapsed" || status === "interrupted" ? pc.yellow(status) : status;
}
