import { createHash } from "node:crypto";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createContainer } from "../plugin/container.ts";
import type { Registry } from "../plugin/registry.ts";
import { Interrupted, readJsonLines } from "@rewardlab/storage";
import { runPipeline } from "../run/pipeline.ts";
import type { RunStatus } from "../run/request.ts";
import type { Compiler } from "../services/compiler.ts";
import { fakeRegistry, loadText, temporaryFolder } from "./experiment.ts";

interface RunOptions {
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly registry?: Registry;
  readonly cell?: number;
  readonly useShipped?: boolean;
  /** Interrupts the run when this says so, as Ctrl-C would. */
  readonly stopAt?: (what: string, done: number) => boolean;
  readonly note?: (message: string) => void;
  readonly compiler?: Compiler;
  /** A folder that came with the experiment, and where beside it. */
  readonly shipped?: { readonly from: string; readonly as: string };
}

/** Runs one cell of an experiment in this process. */
export async function runText(text: string, root: string, options: RunOptions = {}): Promise<RunStatus> {
  const {
    shipped,
    set = [],
    seed = 1,
    registry = fakeRegistry(),
    cell = 0,
    useShipped = false,
    stopAt,
    note = () => {},
    compiler,
  } = options;
  const loaded = await loadText(text, set, registry);
  const folder = temporaryFolder();
  if (shipped) cpSync(shipped.from, join(folder, shipped.as), { recursive: true });
  const controller = new AbortController();
  const running = runPipeline({
    experiment: { ...loaded, folder },
    cell: loaded.cells[cell]!,
    seed,
    root,
    useShipped,
    container: createContainer(registry),
    startEngine: async () => ({
      name: "cpu",
      detail: "test",
      passedOver: [{ name: "better", detail: "not here" }],
      ...(compiler && { compiler }),
    }),
    progress: { update: (what, done) => void (stopAt?.(what, done) && controller.abort()), note },
    signal: controller.signal,
  });
  return running.finally(() => rmSync(folder, { recursive: true }));
}

/** Interrupts a run, again and again, at each of the places given, then lets it end. */
export async function runInterrupted(
  text: string,
  root: string,
  places: readonly (readonly [what: string, done: number])[],
  options: RunOptions = {},
): Promise<RunStatus> {
  for (const [stage, at] of places) {
    const error = await runText(text, root, { ...options, stopAt: (what, done) => what === stage && done === at }).then(
      () => new Error(`the run was not interrupted at ${stage} ${at}`),
      (reason: unknown) => reason,
    );
    if (!(error instanceof Interrupted)) throw error;
  }
  return runText(text, root, options);
}

/** The numbers of a run's lines. */
export function metricsOf(root: string, cell = "main", seed = 1): Record<string, unknown>[] {
  return readJsonLines(join(root, cell, `seed-${seed}`, "metrics.jsonl")).lines as Record<string, unknown>[];
}

/** SHA-256 of what must be the same, byte for byte, however often the run was stopped. */
export function runBytes(root: string, cell = "main", seed = 1): Record<string, string> {
  const files = ["metrics.jsonl", "samples.jsonl", "model.safetensors"];
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash("sha256")
        .update(readFileSync(join(root, cell, `seed-${seed}`, file)))
        .digest("hex"),
    ]),
  );
}
