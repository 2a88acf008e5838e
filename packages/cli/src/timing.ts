import { RunError } from "@rewardlab/core";
import { fileBytes, readJson, tolerant, writeJson } from "@rewardlab/storage";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How long a run took, as timing.json in its folder keeps it. metrics.jsonl has no times, so that a resumed run gives the same bytes. */
export interface Timing {
  /** Over all sessions that worked at the run. */
  readonly seconds: number;
  /** Largest resident memory of its process, in bytes. */
  readonly peakMemory: number;
  readonly stages: Readonly<Record<string, StageTiming>>;
}
export interface StageTiming {
  /** How many of them were timed, e.g. iterations. */
  readonly units: number;
  readonly seconds: number;
  /** How many there are in all. */
  readonly of: number;
  /** How much one is (StageWork.size); 0 where that isn't known. */
  readonly size: number;
}

const FILE = "timing.json";
const STEPS = "times.jsonl";

/** null where there is none, or none that can be read: times are never worth an error. */
export function readTiming(folder: string, note: (message: string) => void = () => {}): Timing | null {
  const timing = tolerant(() => readJson(join(folder, FILE)) as Partial<Timing> | null | undefined, null, note);
  if (typeof timing?.seconds !== "number" || typeof timing.stages !== "object" || timing.stages === null) return null;
  const stages = Object.entries(timing.stages).filter(([, stage]) => isTimed(stage));
  return { seconds: timing.seconds, peakMemory: Number(timing.peakMemory) || 0, stages: Object.fromEntries(stages) };
}

const isTimed = (stage: Partial<StageTiming> | null) =>
  [stage?.units, stage?.seconds, stage?.of, stage?.size].every((value) => Number.isFinite(value) && value! >= 0);

/** The same by times.jsonl, which is there also where a run was killed before it wrote timing.json. A stage's first step is left out, as stageClock does. */
export function readStepTimes(folder: string): Readonly<Record<string, StageTiming>> {
  const stages = new Map<string, { units: number; seconds: number; of: number; size: number }>();
  const first = new Set<string>();
  const text = tolerant(() => (existsSync(join(folder, STEPS)) ? fileBytes(join(folder, STEPS)).toString("utf8") : ""), "", () => {}); // prettier-ignore
  for (const line of text.split("\n")) {
    const { stage, done, seconds } = tolerant(() => JSON.parse(line) as Partial<Step> | null, null, () => {}) ?? {}; // prettier-ignore
    if (typeof stage !== "string" || !(seconds! >= 0) || !(done! > 0)) continue;
    const sum = stages.get(stage) ?? { units: 0, seconds: 0, of: 0, size: 0 };
    sum.of = Math.max(sum.of, done!);
    if (first.has(stage)) {
      sum.units += 1;
      sum.seconds += seconds!;
    }
    first.add(stage);
    stages.set(stage, sum);
  }
  return Object.fromEntries([...stages].filter(([, { units }]) => units > 0));
}

interface Step {
  readonly stage: string;
  readonly done: number;
  readonly seconds: number;
}

/**
 * How long each step of the run's own stages took, a line each: times.jsonl beside timing.json, what the report draws curves over wall time from. It is
 * written as steps are done, so a kill loses nothing; a step done again after one has another line, and the last counts. It is never part of what a resumed
 * run must give again, and never worth an error.
 */
export function stepTimes(
  folder: string,
  stages: ReadonlySet<string>,
  now: () => number = () => performance.now(),
): Pick<StageClock, "update"> {
  const path = join(folder, STEPS);
  let last = now();
  let started = false;
  return {
    update(stage, done) {
      const at = now();
      const seconds = Number(((at - last) / 1000).toFixed(3));
      last = at;
      if (!stages.has(stage)) return;
      try {
        const torn = !started && existsSync(path) && !readFileSync(path, "utf8").endsWith("\n");
        appendFileSync(path, `${torn ? "\n" : ""}${JSON.stringify({ stage, done, seconds })}\n`);
        started = true;
      } catch {
        // a disk that refuses is told of by the run's own files
      }
    },
  };
}

/** Times the stages of one session of a run from its progress. */
export interface StageClock {
  update(what: string, done: number, total: number): void;
  /** Adds this session to what is there. `of`: how many units there really are, of stages that were cut short. On a disk that refuses, nothing: the run's own files have told of that. */
  write(folder: string, of?: ReadonlyMap<string, number>): void;
}

/** `sizes`: of one unit of each stage, by its name; other work is not timed. `now` in milliseconds. */
export function stageClock(sizes: ReadonlyMap<string, number>, now: () => number = () => performance.now()): StageClock {
  const began = now();
  const stages = new Map<string, { units: number; seconds: number; of: number; size: number }>();
  let last: { what: string; done: number; at: number } | null = null;
  return {
    update(what, done, total) {
      const at = now();
      const size = sizes.get(what);
      // The first step of a session is not timed: it compiles kernels and takes memory, and nobody saw it begin.
      if (size !== undefined && last?.what === what && done > last.done) {
        const stage = stages.get(what) ?? { units: 0, seconds: 0, of: total, size };
        stages.set(what, stage);
        stage.units += done - last.done;
        stage.seconds += (at - last.at) / 1000;
      }
      last = { what, done, at };
    },
    write(folder, of) {
      const before = readTiming(folder);
      const merged = new Map<string, StageTiming>(Object.entries(before?.stages ?? {}));
      for (const [name, stage] of stages) {
        const there = merged.get(name);
        const earlier = there?.size === stage.size ? there : undefined;
        merged.set(name, {
          ...stage,
          of: of?.get(name) ?? stage.of,
          units: stage.units + (earlier?.units ?? 0),
          seconds: stage.seconds + (earlier?.seconds ?? 0),
        });
      }
      const timing: Timing = {
        seconds: (before?.seconds ?? 0) + (now() - began) / 1000,
        peakMemory: Math.max(before?.peakMemory ?? 0, process.resourceUsage().maxRSS * 1024),
        stages: Object.fromEntries(merged),
      };
      try {
        writeJson(join(folder, FILE), timing);
      } catch (error) {
        if (!(error instanceof RunError)) throw error;
      }
    },
  };
}
