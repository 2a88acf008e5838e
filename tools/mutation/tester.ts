// Runs the mutants: a survey of what each test reaches, then each mutant against the tests that reach it.

import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Numbered } from "./instrument.ts";

interface RunTest {
  readonly number: number;
  readonly title: string;
  /** Of the processor. */
  readonly ms: number;
  readonly failed: boolean;
}
/** What loading a test file reaches, and each of its tests: numbers of mutants, the first of those at a place standing for all. */
export interface Surveyed {
  readonly file: string;
  readonly whenLoaded: readonly number[];
  readonly tests: readonly (RunTest & { readonly reached: readonly number[] })[];
}
export type Fate = "killed" | "timed out" | "survived" | "reached by no test";
interface Attempt {
  readonly id: number;
  /** Load the files anew, with the mutant from the beginning. */
  readonly fresh: boolean;
  readonly files: readonly { readonly file: string; readonly numbers: readonly number[] | null }[];
}
interface Attempted {
  readonly killed: boolean;
  readonly by?: string;
  readonly sound: boolean;
}

/** A process that runs tests; started when first needed, and again after it was ended. */
export class Worker {
  readonly #root: string;
  readonly #folder: string;
  readonly #patience: number;
  #child: ChildProcess | null = null;
  #fresh = 0;

  /** `patience`: milliseconds by the clock in which it may do next to nothing: beyond, it waits for what never comes. A busy machine gives it more than that. */
  constructor(root: string, folder: string, patience = 60_000) {
    this.#root = root;
    this.#folder = folder;
    this.#patience = patience;
  }

  async survey(file: string): Promise<Surveyed | null> {
    const answer = await this.#ask<Surveyed>({ survey: file }, 300_000);
    this.#fresh += 1;
    return answer === "late" || answer === "crashed" || answer === "broken" ? null : answer;
  }

  /** `limit`: milliseconds until a mutant counts as one that never ends. Throws where a test file can't be loaded without the mutant either: that is no kill. */
  async attempt(task: Attempt, limit: number): Promise<{ fate: Fate; by?: string }> {
    if (task.fresh) this.#fresh += task.files.length;
    const answer = await this.#ask<Attempted>({ attempt: task }, limit);
    if (answer === "late") return { fate: "timed out", by: `${limit.toFixed(0)} ms` };
    if (answer === "crashed") return { fate: "killed", by: "the process ended" };
    if (answer === "broken") throw new Error("mutation: the tests can't be loaded any more; were files changed meanwhile?");
    if (!answer.killed) return { fate: "survived" };
    if (answer.sound) return { fate: "killed", by: answer.by! };
    this.end(); // the mutant left something behind, or the test needs those before it: only a process that has seen nothing can tell
    return this.attempt({ ...task, fresh: true, files: task.files.map(({ file }) => ({ file, numbers: null })) }, limit);
  }

  end(): void {
    this.#child?.kill("SIGKILL");
    this.#child = null;
    this.#fresh = 0;
  }

  async #ask<T>(question: object, limit: number): Promise<T | "late" | "crashed" | "broken"> {
    if (this.#fresh > 60) this.end(); // what was loaded anew is never let go
    const child = (this.#child ??= await this.#start());
    return new Promise((resolve) => {
      const settle = (answer: T | "late" | "crashed" | "broken") => {
        clearTimeout(timer);
        child.removeAllListeners();
        if (answer === "late" || answer === "crashed" || answer === "broken") this.end();
        resolve(answer);
      };
      const began = ownTime(child);
      let moved = { own: began, wall: performance.now() };
      const check = () => {
        const now = { own: ownTime(child), wall: performance.now() };
        if (now.own - moved.own > 100) moved = now;
        const left = limit - (now.own - began);
        if (left <= 0 || now.wall - moved.wall > this.#patience) settle("late");
        else timer = setTimeout(check, Math.min(left, this.#patience / 4));
      };
      let timer = setTimeout(check, Math.min(limit, this.#patience / 4));
      child.once("exit", () => settle("crashed"));
      child.once("message", (answer: T & { broken?: string }) => {
        if (answer.broken !== undefined) console.error(answer.broken);
        settle(answer.broken === undefined ? answer : "broken");
      });
      child.send(question);
    });
  }

  #start(): Promise<ChildProcess> {
    const child = fork(fileURLToPath(new URL("worker.mjs", import.meta.url)), [this.#root, this.#folder], {
      cwd: this.#root,
      execArgv: ["--conditions=@rewardlab/source", "--max-old-space-size=2048"],
      env: { ...process.env, NODE_NO_WARNINGS: "1", NO_COLOR: "1" },
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    return new Promise((resolve, reject) => {
      child.once("message", () => resolve(child));
      child.once("error", reject);
    });
  }
}

/** Milliseconds of processor time that a process has used; by the clock where the system doesn't tell. On a busy machine the two are far apart. */
function ownTime({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return 10 * (Number(fields[11]) + Number(fields[12])); // user and system, in hundredths of a second
  } catch {
    return performance.now();
  }
}

/** As many as the largest folder has, so that what its tests share is in. */
const freshFiles = 26;
/** Milliseconds that loading a file anew takes, about. */
const loading = 500;
const confirmingFiles = 3;

/** Which tests a mutant is tried with, and in what order: those that killed others of the same source, those beside it, then the quickest. */
export class Plans {
  readonly #surveyed: readonly Surveyed[];
  /** By source: how many of its mutants a test killed. */
  readonly #kills = new Map<string, Map<string, number>>();

  constructor(surveyed: readonly Surveyed[]) {
    this.#surveyed = surveyed;
  }

  /** Whether a test comes by one of these places while it runs. */
  runSomeOf(places: ReadonlySet<number>): boolean {
    return this.#surveyed.some(({ tests }) => tests.some(({ reached }) => reached.some((one) => places.has(one))));
  }

  /** `place`: the mutant's, as the survey knows it; `neighbours`: all places of its source. Null where no test reaches it. */
  first(mutant: Numbered, place: number, neighbours: ReadonlySet<number>): Attempt | null {
    const { id, file: source } = mutant;
    if (this.#surveyed.some(({ whenLoaded }) => whenLoaded.includes(place))) {
      const files = this.#fileOrder(source, place, neighbours).slice(0, freshFiles);
      return files.length === 0 ? null : { id, fresh: true, files };
    }
    const tests = this.#surveyed.flatMap(({ file, tests: own }) =>
      own.filter(({ reached }) => reached.includes(place)).map(({ number, title, ms }) => ({ file, number, title, ms })),
    );
    const rank = (test: { file: string; title: string }) =>
      this.#killsOf(source, `${test.file}: ${test.title}`) + (isBeside(test.file, source) ? 0.5 : 0);
    tests.sort((a, b) => rank(b) - rank(a) || a.ms - b.ms);
    return tests.length === 0
      ? null
      : { id, fresh: false, files: tests.map(({ file, number }) => ({ file, numbers: [number] })) };
  }

  /** What is kept from one run of a test to the next may hide a mutant: once more from the start. */
  again(mutant: Numbered, task: Attempt): Attempt {
    const kills = (file: string) =>
      this.#killsIn(
        mutant.file,
        this.#surveyed.find((one) => one.file === file)!,
      );
    const files = [...new Set(task.files.map(({ file }) => file))].sort(
      (a, b) => Number(isBeside(b, mutant.file)) - Number(isBeside(a, mutant.file)) || kills(b) - kills(a),
    );
    return { ...task, fresh: true, files: files.slice(0, confirmingFiles).map((file) => ({ file, numbers: null })) };
  }

  killed(source: string, by: string): void {
    const own = this.#kills.get(source) ?? new Map<string, number>();
    this.#kills.set(source, own.set(by, (own.get(by) ?? 0) + 1));
  }

  /** Usual milliseconds of what a task runs. */
  usual({ files, fresh }: Attempt): number {
    const known = new Map(this.#surveyed.map((one) => [one.file, one.tests]));
    return files.reduce(
      (sum, { file, numbers }) =>
        sum + known.get(file)!.reduce((all, { number, ms }) => all + (numbers === null || numbers.includes(number) ? ms : 0), 0),
      fresh ? loading * files.length : 0,
    );
  }

  /** It acts when modules are loaded, of one test file at least: the files beside it, those that killed others of its source, and those whose tests go on to run something of it. */
  #fileOrder(source: string, place: number, neighbours: ReadonlySet<number>): Attempt["files"] {
    return this.#surveyed
      .filter(({ whenLoaded, tests }) => whenLoaded.includes(place) || tests.some(({ reached }) => reached.includes(place)))
      .map(({ file, tests }) => ({
        file,
        kills: this.#killsIn(source, { file, tests }),
        beside: folderOf(file) === folderOf(source),
        near: tests.some(({ reached }) => reached.some((one) => neighbours.has(one))),
        ms: tests.reduce((sum, test) => sum + test.ms, 0),
      }))
      .filter(({ kills, beside, near }) => kills > 0 || beside || near)
      .sort(
        (a, b) =>
          Number(isBeside(b.file, source)) - Number(isBeside(a.file, source)) ||
          b.kills - a.kills ||
          Number(b.beside) - Number(a.beside) ||
          a.ms - b.ms,
      )
      .map(({ file }) => ({ file, numbers: null }));
  }

  #killsIn(source: string, { file, tests }: Pick<Surveyed, "file" | "tests">): number {
    return tests.reduce((sum, { title }) => sum + this.#killsOf(source, `${file}: ${title}`), 0);
  }

  #killsOf(source: string, by: string): number {
    return this.#kills.get(source)?.get(by) ?? 0;
  }
}

function isBeside(test: string, source: string): boolean {
  return test.startsWith(source.replace(/\.ts$/, "."));
}

function folderOf(file: string): string {
  return file.replace(/[^/]*$/, "");
}
