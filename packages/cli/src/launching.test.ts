// The parts of the launcher that need no process: shares, times, the display.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { explainDeath } from "./death.ts";
import { estimate } from "./estimate.ts";
import type { StageAhead } from "./estimate.ts";
import { createDisplay } from "./progress.ts";
import { shareOut } from "./resources.ts";
import { duration, timeLeft } from "./time-left.ts";
import { readStepTimes, readTiming, stageClock, stepTimes } from "./timing.ts";
import type { Timing } from "./timing.ts";

const GIB = 2 ** 30;

test("shareOut: as many as cores and memory allow, threads divided", () => {
  const on = (cores: number, memory: number, open: number, asked?: number, peak?: number) =>
    shareOut(open, { asked, peak }, { cores, memory: memory * GIB });
  assert.equal(on(8, 64, 20), { workers: 8, threads: 1, because: "8 cores" });
  assert.equal(on(8, 64, 3), { workers: 3, threads: 2, because: "8 cores" });
  assert.equal(on(8, 64, 1), { workers: 1, threads: 8, because: "8 cores" });
  assert.equal(on(16, 10, 20, undefined, 3 * GIB), { workers: 3, threads: 5, because: "memory for 3" });
  assert.equal(on(4, 0.2, 20), { workers: 1, threads: 4, because: "memory for 1" }, "at least one");
  assert.equal(on(2, 0.2, 20, 6), { workers: 6, threads: 1, because: "--workers" });
});

const waiting = { state: "waiting", elapsed: 0, stageLeft: null } as const;

test("timeLeft: from runs that have ended; before that, from the stages of those at work", () => {
  const ended = (elapsed: number) => ({ state: "ended" as const, elapsed, stageLeft: null });
  const running = (elapsed: number, stageLeft: number | null) => ({ state: "running" as const, elapsed, stageLeft });
  assert.is(timeLeft([waiting, waiting], 2), null);
  assert.is(timeLeft([running(5, null), waiting], 1), null);
  assert.is(timeLeft([running(10, 30), waiting], 1), 70); // 30, then 10 + 30 more
  assert.is(timeLeft([ended(100), running(40, 20), waiting, waiting], 2), 130); // (60 + 100 + 100) / 2
  assert.is(timeLeft([ended(100), running(95, 80)], 2), 80, "no shorter than its stage");
  assert.is(timeLeft([ended(100)], 2), 0);
  assert.equal([12.2, 99.5, 100, 7000, 90_000, 400_000].map(duration), [
    "13 s",
    "100 s",
    "2 min",
    "1 h 57 min",
    "25 h 0 min",
    "5 days",
  ]);
});

test("display: an engine is named once for all the runs that have it", () => {
  let shown = "";
  const to = { isTTY: false, write: (text: string) => void (shown += text) } as unknown as NodeJS.WriteStream;
  const display = createDisplay(["seed 1", "seed 2", "seed 3"], 2, to);
  for (const label of ["seed 1", "seed 2"]) display.of(label).engine!("engine wasm: one thread");
  display.of("seed 3").engine!("engine cpu: one thread");
  assert.is(shown, "engine wasm: one thread\nengine cpu: one thread\n");
});

test("explainDeath: out of memory is said, with what needs less, where C++, V8 or the system ended the process", () => {
  const aborted = explainDeath(null, "SIGABRT", "terminate called after throwing an instance of 'std::bad_alloc'\n");
  assert.match(aborted.message, /^its process ended with SIGABRT: out of memory\. Fewer --workers, a smaller update\.microbatch/);
  assert.ok(aborted.known);
  const heap = explainDeath(null, "SIGABRT", "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory");
  assert.match(heap.message, /out of memory/);
  assert.match(explainDeath(null, "SIGKILL", "").message, /SIGKILL, as the system does where memory runs out/);
  assert.equal(explainDeath(7, null, "here"), {
    message: "its process ended with code 7",
    known: false,
    chance: false,
  });
  assert.ok(explainDeath(null, "SIGSEGV", "").chance);
  assert.ok(explainDeath(134, null, "JavaScript heap out of memory").chance);
});

test("stageClock: steps after the first of a session, added up over sessions", () => {
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"));
  let now = 0;
  const session = (steps: readonly [what: string, done: number, at: number][], end: number) => {
    now = 0;
    const clock = stageClock(new Map([["rl", 8]]), () => now);
    for (const [what, done, at] of steps) {
      now = at;
      clock.update(what, done, 10);
    }
    now = end;
    clock.write(folder);
  };
  session(
    [
      ["pictures", 5, 500],
      ["rl", 1, 3000],
      ["rl", 2, 4000],
      ["rl", 3, 6000],
    ],
    7000,
  );
  const first = readTiming(folder)!;
  assert.equal([first.seconds, first.stages], [7, { rl: { units: 2, seconds: 3, of: 10, size: 8 } }]); // 1 s and 2 s
  assert.ok(first.peakMemory > 1e6);
  session(
    [
      ["rl", 4, 9000],
      ["rl", 5, 9500],
    ],
    10_000,
  );
  assert.equal(readTiming(folder)!.stages, { rl: { units: 3, seconds: 3.5, of: 10, size: 8 } });
  assert.is(readTiming(folder)!.seconds, 17);
  writeFileSync(join(folder, "timing.json"), "{");
  assert.is(readTiming(folder), null);
  rmSync(folder, { recursive: true });
});

test("estimate: what is shared counts once, what is done not, other sizes in proportion; at least the longest run", () => {
  const timing = {
    seconds: 0,
    peakMemory: 0,
    stages: { cold: { units: 10, seconds: 5, of: 100, size: 4 }, rl: { units: 2, seconds: 8, of: 10, size: 6 } },
  };
  const earlier = { name: "earlier", timings: [timing] };
  const cold: StageAhead = { name: "cold", sharedKey: "k", done: false, units: 100, size: 4 }; // 100 · 0.5 s = 50 s
  const rl: StageAhead = { name: "rl", sharedKey: null, done: false, units: 10, size: 6 }; // 10 · 4 s = 40 s
  const runs = [
    { run: "a", stages: [cold, rl] },
    { run: "b", stages: [cold, { ...rl, size: 12 }] }, // 80 s
    { run: "c", stages: [cold, { ...rl, done: true }] },
  ];
  const all = estimate(runs, [earlier], 1);
  assert.is(all.work, 170);
  assert.is(all.seconds, 170);
  assert.is(estimate(runs, [earlier], 8).seconds, 90); // run a: 50 + 40
  assert.is(estimate([{ run: "a", stages: [{ ...rl, units: null }] }], [earlier], 1).seconds, 40, "as many as were seen");
  const unknown = estimate([{ run: "a", stages: [{ ...rl, name: "other" }] }], [earlier], 1);
  assert.equal([unknown.seconds, unknown.unknown], [null, ["other"]]);
});

test("estimate: what an early failure didn't time is taken from the next that did, stage by stage", () => {
  const timing = (stages: Timing["stages"]) => ({ seconds: 1, peakMemory: 0, stages });
  const rate = (seconds: number) => ({ units: 1, seconds, of: 10, size: 1 });
  const runs = [
    {
      run: "a",
      stages: ["cold", "rl"].map((name): StageAhead => ({ name, sharedKey: null, done: false, units: 10, size: 1 })),
    },
  ];
  const sources = [
    { name: "now", timings: [] },
    { name: "failed", timings: [timing({}), timing({ cold: rate(2) })] },
    { name: "machine", timings: [timing({ cold: rate(5), rl: rate(3) })] },
  ];
  const { work, unknown, rates } = estimate(runs, sources, 1);
  assert.equal([work, unknown], [50, []]);
  assert.equal(rates.map(({ stage, source }) => [stage, source]), [["cold", "failed"], ["rl", "machine"]]); // prettier-ignore
});

test("timings of a run that was killed before timing.json was written: by its steps, the first of a stage left out", () => {
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"));
  try {
    assert.equal(readStepTimes(folder), {});
    writeFileSync(
      join(folder, "times.jsonl"),
      '{"stage":"rl","done":1,"seconds":9}\n{"stage":"rl","done":2,"seconds":2}\nnull\n{"stage":"rl","done":3,"seconds":4}\n{"stage":"x","done":1,"seconds":1}\n{"sta',
    );
    assert.equal(readStepTimes(folder), { rl: { units: 2, seconds: 6, of: 3, size: 0 } });
    writeFileSync(
      join(folder, "timing.json"),
      '{"seconds":3,"stages":{"rl":null,"cold":{"units":1,"seconds":1,"of":2,"size":0}}}',
    );
    assert.equal(readTiming(folder)!.stages, { cold: { units: 1, seconds: 1, of: 2, size: 0 } });
    for (const damaged of ['{"seconds":3,"stages":null}', "null", "[]"]) {
      writeFileSync(join(folder, "timing.json"), damaged);
      assert.is(readTiming(folder), null);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** A terminal that keeps what is written to it. */
function terminal(rows: number, columns: number): { stream: NodeJS.WriteStream; text: () => string } {
  let text = "";
  const stream = {
    isTTY: rows > 0,
    rows,
    columns,
    write: (chunk: string) => ((text += chunk), true),
    on: () => stream,
  } as unknown as NodeJS.WriteStream;
  return { stream, text: () => text };
}
const done = { type: "finished", status: { status: "done", reason: null, key: "" } } as const;
const failed = {
  type: "failed",
  kind: "died",
  message: "its process ended with SIGKILL",
  stack: "",
  known: false,
  chance: true,
} as const;

test("the display: plain lines where there is no terminal", () => {
  const { stream, text } = terminal(0, 0);
  const display = createDisplay(["a", "b"], 2, stream);
  display.of("a").progress("rl", 1, 4, { score: 0.5, accuracy: 0.25 });
  display.of("a").progress("rl2", 4, 4, { score: null }); // as JSON tells NaN
  display.of("a").progress("waiting for coldStart", 0, 0, {});
  display.of("b").note("hello");
  display.again("b", failed);
  display.end("b", failed);
  display.end("a", done);
  display.close();
  assert.equal(text().split("\n"), [
    "a: rl █████░░░░░░░░░░░░░ 1/4  score 0.500  accuracy 0.250",
    "a: rl2 ██████████████████ 4/4  score not finite",
    "a: waiting for coldStart",
    "b: hello",
    "b: its process ended with SIGKILL; it is tried once more, after the others",
    "b: failed   (0 of 2 done, 1 failed, 1 running)",
    "a: done   (1 of 2 done, 1 failed)",
    "",
  ]);
});

test("the display: no more lines than the terminal has, those at work first, the whole below", () => {
  const { stream, text } = terminal(8, 100);
  const display = createDisplay(
    Array.from({ length: 40 }, (_, index) => `run ${index}`),
    2,
    stream,
  );
  display.of("run 30").progress("rl", 1, 4, { score: 0.5 });
  display.end("run 7", failed);
  display.end("run 3", done);
  display.close();
  const last = text().slice(text().lastIndexOf("run 30") - 300);
  assert.match(last, /run 30 +rl █/);
  assert.match(last, /run 7 +failed/);
  assert.match(last, /… and 36 more/);
  assert.match(last, /1 of 40 done, 1 failed, 1 running/);
  const lines = last.slice(last.indexOf(" run 3")).split("\n").length;
  assert.ok(lines <= 8, last);
});

test("stepTimes: a line for each step of the run's own stages; a line cut short by a kill spoils none after it", () => {
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"));
  let now = 0;
  const session = (steps: readonly [what: string, step: number, at: number][]) => {
    now = 0;
    const times = stepTimes(folder, new Set(["rl"]), () => now);
    for (const [what, step, at] of steps) {
      now = at;
      times.update(what, step, 10);
    }
  };
  session([
    ["before", 5, 500],
    ["rl", 1, 3000],
    ["rl", 2, 4250],
  ]);
  const path = join(folder, "times.jsonl");
  writeFileSync(path, `${readFileSync(path, "utf8")}{"stage":"rl","do`);
  session([["rl", 2, 1000]]);
  assert.equal(readFileSync(path, "utf8").split("\n"), [
    '{"stage":"rl","done":1,"seconds":2.5}', // from the last step of what came before
    '{"stage":"rl","done":2,"seconds":1.25}',
    '{"stage":"rl","do',
    '{"stage":"rl","done":2,"seconds":1}', // done again
    "",
  ]);
  rmSync(folder, { recursive: true });
});

test("timing.json is JSON for people too", () => {
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"));
  stageClock(new Map()).write(folder);
  assert.equal(Object.keys(JSON.parse(readFileSync(join(folder, "timing.json"), "utf8")) as object), [
    "seconds",
    "peakMemory",
    "stages",
  ]);
  rmSync(folder, { recursive: true });
});

test.run();
