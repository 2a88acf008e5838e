import { Compiler, Files, InputError, messageOf } from "@rewardlab/core";
import { createProbe, modelProbe } from "@rewardlab/core/host";
import type { Container, Registry } from "@rewardlab/core/host";
import { decodedText, isInputError, lossInJson, whyUnreadable } from "@rewardlab/storage";
import type { JsonLoss } from "@rewardlab/storage";
import { startEngine } from "@rewardlab/engines";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { registryHere } from "../plugins.ts";
import { withPictures } from "../probe-pictures.ts";

interface ProbeOptions {
  readonly batch: string;
  readonly plugin?: readonly string[];
  readonly engine?: string;
}

/** One batch prints one result, indented. JSON lines print a line each, in order: the result, or { error } where a line is wrong; exit code 2 if any was. */
export async function probe(kind: string, spec: string, options: ProbeOptions): Promise<void> {
  const { registry, container } = await registryHere(options.plugin ?? []);
  const run = await runner(kind, spec, options, registry, container);
  const text = read(options.batch);
  const whole = parse(text);
  if (whole.ok && !/\.(jsonl|ndjson)$/.test(options.batch)) {
    if (whole.loss !== null)
      throw new InputError("RL_BATCH_FILE", `${options.batch}:${lineAt(text, whole.loss.offset)}: ${whole.loss.message}`);
    console.log(JSON.stringify(await run(whole.value), null, 2));
    return;
  }
  const lines = text
    .split("\n")
    .flatMap((line, index) => (line.trim() === "" ? [] : [{ line, place: `${options.batch}:${index + 1}` }]));
  if (lines.length === 0 || (!whole.ok && lines.length === 1))
    throw new InputError("RL_BATCH_FILE", `${options.batch}: ${whole.ok ? "empty" : whole.problem}, expected a batch as JSON`);
  for (const { line, place } of lines) console.log(JSON.stringify(await resultOf(run, line, place)));
}

type Run = (batch: unknown) => Promise<unknown>;

/** A model's own engine may matter, for its size; of the numbers of a batch nobody notices. */
async function runner(
  kind: string,
  spec: string,
  { batch, engine = kind === "model" ? "auto" : "cpu" }: ProbeOptions,
  registry: Registry,
  container: Container,
): Promise<Run> {
  if (kind !== "model") {
    const run = createProbe(registry, container, kind, spec);
    await startEngine(engine, registry, container);
    return run;
  }
  container.provide(Files, { folder: process.cwd(), cache: resolve("runs", "data") });
  const { compiler } = await startEngine(engine, registry, container);
  if (compiler) container.provide(Compiler, compiler);
  const { run } = modelProbe(registry, container, spec);
  return async (given) => run(await withPictures(given, batch));
}

async function resultOf(run: Run, line: string, place: string): Promise<unknown> {
  try {
    const batch = parse(line);
    if (!batch.ok) throw new InputError("RL_BATCH_FILE", batch.problem);
    if (batch.loss !== null) throw new InputError("RL_BATCH_FILE", batch.loss.message);
    return await run(batch.value);
  } catch (error) {
    if (!isInputError(error)) throw error;
    console.error(`${place}: ${error.message}`);
    process.exitCode = 2;
    return { error: error.message };
  }
}

function read(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path === "-" ? 0 : path);
  } catch (error) {
    throw new InputError("RL_BATCH_FILE", `${path}: can't be read: ${whyUnreadable(error)}; expected a batch as JSON`);
  }
  const decoded = decodedText(bytes);
  if (decoded.ok) return decoded.text;
  throw new InputError("RL_BATCH_FILE", `${path}: ${decoded.problem}`);
}

function parse(text: string): { ok: true; value: unknown; loss: JsonLoss | null } | { ok: false; problem: string } {
  try {
    return { ok: true, value: JSON.parse(text), loss: lossInJson(text) };
  } catch (error) {
    return { ok: false, problem: `not valid JSON (${messageOf(error)})` };
  }
}

const lineAt = (text: string, offset: number) => text.slice(0, offset).split("\n").length;
