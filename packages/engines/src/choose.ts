import { InputError, messageOf, RunError } from "@rewardlab/core";
import type { Compiler, Engine, EngineReport } from "@rewardlab/core";
import type { Container, Registry, Resolved } from "@rewardlab/core/host";
import * as tf from "@tensorflow/tfjs-core";

/** Best first; webgpu and cpu are taken only where they are asked for. */
const preferred = ["tensorflow-gpu", "tensorflow", "wasm"];

/** An engine that was started, or why it could not be. */
export interface ChosenEngine extends EngineReport {
  readonly compiler?: Compiler;
  /** The better ones that `auto` tried before, and why they aren't it. */
  readonly passedOver?: readonly EngineReport[];
}

/** Starts the engine an experiment names, or for `auto` the best that starts here, and says which it is. One that is named and can't start: the error says which could. */
export async function startEngine(name: string, registry: Registry, container: Container): Promise<ChosenEngine> {
  if (name !== "auto") {
    const chosen = createEngine(name, registry, container);
    try {
      await chosen.start();
    } catch (error) {
      throw await withAlternative(error, name, registry, container);
    }
    return startedOf(chosen);
  }
  const passedOver: EngineReport[] = [];
  for (const candidate of [...preferred, "cpu"]) {
    const report = await startedOf(createEngine(candidate, registry, container));
    if (report.available) return { ...report, passedOver };
    passedOver.push({ name: candidate, available: false, detail: report.detail });
  }
  throw new RunError(
    "RL_ENGINE",
    `engine auto: none starts here: ${passedOver.map(({ name: one, detail }) => `${one}: ${detail}`).join("; ")}`,
  );
}

async function startedOf(one: Engine): Promise<ChosenEngine> {
  return { ...(await one.probe()), ...(one.compiler && { compiler: one.compiler }) };
}

async function withAlternative(error: unknown, name: string, registry: Registry, container: Container): Promise<unknown> {
  for (const other of preferred.slice(preferred.indexOf(name) + 1)) {
    const report = await createEngine(other, registry, container).probe();
    if (report.available)
      return new InputError("RL_ENGINE", `${messageOf(error)}. \`engine: ${other}\` works here: ${report.detail}`, {
        cause: error,
      });
  }
  return error;
}

/** An engine as `rewardlab engines` shows it, with the speed of a product of two 1024 × 1024 matrices where it is there. */
export interface MeasuredEngine extends EngineReport {
  readonly gflops: number | null;
}

/** What there is, and why the rest isn't. */
export async function probeEngines(registry: Registry, container: Container): Promise<MeasuredEngine[]> {
  const reports: MeasuredEngine[] = [];
  for (const name of registry.names("engine")) {
    const report = await createEngine(name, registry, container).probe();
    reports.push({ ...report, gflops: report.available ? await matrixProductSpeed() : null });
  }
  return reports;
}

const SIZE = 1024;
const ENOUGH = 1000; // ms

/** Of the current backend, in 10⁹ floating-point operations a second: the best of several, since the first ones warm up and others may be disturbed. */
async function matrixProductSpeed(): Promise<number> {
  const a = tf.ones<tf.Rank.R2>([SIZE, SIZE]); // [1024, 1024]
  const began = performance.now();
  let best = Infinity;
  for (let round = 0; round < 8 && (round < 1 || performance.now() - began < ENOUGH); round++) {
    const started = performance.now();
    const product = tf.matMul(a, a); // [1024, 1024]
    await product.data();
    best = Math.min(best, performance.now() - started);
    product.dispose();
  }
  a.dispose();
  return (2 * SIZE ** 3) / best / 1e6;
}

function createEngine(name: string, registry: Registry, container: Container): Engine {
  const component = registry.component("engine", name)!;
  return container.create<"engine">({ kind: "engine", component, options: {}, own: undefined } as unknown as Resolved<"engine">);
}
