import { createProbe, InputError, messageOf } from "@rewardlab/core";
import { startEngine } from "@rewardlab/engines";
import { readFileSync } from "node:fs";
import { registryHere } from "../plugins.ts";

interface ProbeOptions {
  readonly batch: string;
  readonly plugin?: readonly string[];
}

export async function probe(kind: string, spec: string, options: ProbeOptions): Promise<void> {
  const { registry, container } = await registryHere(options.plugin ?? []);
  const run = createProbe(registry, container, kind, spec);
  await startEngine("cpu", registry, container);
  const { batches, lines } = readBatches(options.batch);
  for (const batch of batches) console.log(JSON.stringify(await run(batch), null, lines ? 0 : 2));
}

/** One JSON value, or JSON lines. */
function readBatches(path: string): { batches: unknown[]; lines: boolean } {
  let text: string;
  try {
    text = readFileSync(path === "-" ? 0 : path, "utf8");
  } catch (error) {
    throw new InputError("RL_BATCH_FILE", `${path}: can't be read (${messageOf(error)}), expected a batch as JSON`);
  }
  try {
    return { batches: [JSON.parse(text)], lines: false };
  } catch (whole) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    if (lines.length < 2) throw new InputError("RL_BATCH_FILE", `${path}: not valid JSON (${messageOf(whole)})`);
    return { lines: true, batches: lines.map((line, index) => parseLine(path, line, index)) };
  }
}

function parseLine(path: string, line: string, index: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new InputError("RL_BATCH_FILE", `${path}:${index + 1}: not valid JSON (${messageOf(error)})`);
  }
}
