import * as tf from "@tensorflow/tfjs-core";
import { InputError, suggestion } from "@rewardlab/core";
import type { Parameters, RandomStream } from "@rewardlab/core";
import { z } from "zod";

/**
 * LoRA (arXiv 2106.09685v2): W + s · B A beside a frozen W, A [r, I] random and B [O, r] zero at first, so that the model begins as it was. s = α / r, or
 * α / √r (rsLoRA, arXiv 2312.03732v1). By PEFT's names.
 */
export const loraOptions = z.strictObject({
  rank: z.int().positive().default(16).describe("r"),
  alpha: z.number().positive().default(32).describe("α"),
  rsLora: z.boolean().default(false).describe("s = α / √r in the place of α / r"),
  targets: z
    .array(z.string().min(1))
    .min(1)
    .nullable()
    .default(null)
    .describe("modules by the end of their names, e.g. [q_proj, v_proj]; null: all matrices of the layers"),
  towers: z
    .array(z.enum(["text", "vision"]))
    .min(1)
    .default(["text"])
    .describe("which parts get adapters"),
  from: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("a folder of PEFT's with adapters to begin with; its rank, alpha, rsLora and modules count then"),
});
export type LoraOptions = z.output<typeof loraOptions>;

/** s: how much of B A x is added. */
export function scaleOf({ rank, alpha, rsLora }: LoraOptions): number {
  return alpha / (rsLora ? Math.sqrt(rank) : rank);
}

const LORA = /\.lora_[AB]\.weight$/;

/** Whether a parameter is an adapter's. */
export const isAdapter = (name: string): boolean => LORA.test(name);

/** The modules that get an adapter, with their shapes [O, I]. Throws `InputError` for a target that names none. */
export function adaptedModules(
  shapes: ReadonlyMap<string, readonly number[]>,
  decoder: string,
  { targets, towers }: Pick<LoraOptions, "targets" | "towers">,
): ReadonlyMap<string, readonly [number, number]> {
  const matrices = [...shapes].flatMap(([name, shape]) =>
    shape.length === 2 && name.endsWith(".weight") && /\.(layers|blocks)\.\d+\./.test(name)
      ? [[name.slice(0, -".weight".length), shape as unknown as readonly [number, number]] as const]
      : [],
  );
  const inTowers = matrices.filter(([name]) => towers.includes(name.startsWith(`${decoder}.`) ? "text" : "vision"));
  const ends = new Set(inTowers.map(([name]) => name.replace(/^.*\./, "")));
  for (const target of targets ?? [])
    if (!inTowers.some(([name]) => isTarget(name, target)))
      throw new InputError(
        "RL_LORA",
        `model.lora.targets: no module's name ends with ${JSON.stringify(target)}.${suggestion(target, [...ends])}`,
      );
  return new Map(inTowers.filter(([name]) => targets === null || targets.some((target) => isTarget(name, target))));
}

const isTarget = (name: string, target: string) => name === target || name.endsWith(`.${target}`);

/** How many numbers adapters of so many rows and columns in the middle are. */
export function adapterNumbers(modules: ReadonlyMap<string, readonly [number, number]>, rank: number): number {
  return [...modules.values()].reduce((sum, [outputs, inputs]) => sum + rank * (outputs + inputs), 0);
}

/** A uniform within ±1/√I as PEFT draws it, B zero. */
export function newAdapters(
  modules: ReadonlyMap<string, readonly [number, number]>,
  rank: number,
  random: RandomStream,
): Parameters {
  const made: Record<string, tf.Tensor> = {};
  for (const [name, [outputs, inputs]] of modules) {
    const bound = 1 / Math.sqrt(inputs);
    made[`${name}.lora_A.weight`] = tf.tensor2d(
      Float32Array.from({ length: rank * inputs }, () => bound * (2 * random.uniform() - 1)),
      [rank, inputs],
    ); // [r, I]
    made[`${name}.lora_B.weight`] = tf.zeros([outputs, rank]); // [O, r]
  }
  return made;
}
