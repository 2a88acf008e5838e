import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/core";
import type { RopeTables } from "../ops/rope.ts";
import { z } from "zod";

/**
 * Rotary frequencies as Transformers 5.24 has them (modeling_rope_utils): how a configuration's `rope_parameters`, before version 5 `rope_scaling` beside
 * `rope_theta`, stretch θⱼ = base^(−2j/d) for contexts longer than those of the pretraining.
 */
export const ropeParameters = z.looseObject({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: z.number().positive().optional(),
  factor: z.number().positive().nullish(),
  low_freq_factor: z.number().optional(),
  high_freq_factor: z.number().optional(),
  original_max_position_embeddings: z.number().optional(),
  attention_factor: z.number().nullish(),
  mscale: z.number().nullish(),
  mscale_all_dim: z.number().nullish(),
  beta_fast: z.number().nullish(),
  beta_slow: z.number().nullish(),
  truncate: z.boolean().optional(),
  partial_rotary_factor: z.number().optional(),
  mrope_section: z.array(z.int().nonnegative()).optional(),
  mrope_interleaved: z.boolean().optional(),
});
export type RopeParameters = z.output<typeof ropeParameters>;

export interface RopeFrequencies {
  /** One for each pair of numbers that is turned. [d/2] */
  readonly inverse: readonly number[];
  /** What cos and sin are multiplied with. */
  readonly scale: number;
}

const TAU = 2 * Math.PI;

/** `where`: the file, for messages. `contextLength`: max_position_embeddings. */
export function ropeFrequencies(
  given: RopeParameters,
  base: number,
  headSize: number,
  contextLength: number,
  where: string,
): RopeFrequencies {
  const type = given.rope_type ?? given.type ?? "default";
  if (given.partial_rotary_factor !== undefined && given.partial_rotary_factor !== 1)
    throw new InputError(
      "RL_HF_CONFIG",
      `${where}: partial_rotary_factor is ${given.partial_rotary_factor}, expected 1: heads that are turned in part are not known`,
    );
  const inverse = Array.from({ length: headSize / 2 }, (_, j) => base ** ((-2 * j) / headSize)); // [d/2]
  const needed = (name: "factor" | "low_freq_factor" | "high_freq_factor" | "original_max_position_embeddings"): number => {
    const value = given[name];
    if (typeof value === "number") return value;
    throw new InputError("RL_HF_CONFIG", `${where}: rope_parameters of type ${type} have no ${name}, expected a number`);
  };
  switch (type) {
    case "default":
    case "mrope":
      return { inverse, scale: 1 };
    case "linear":
      return { inverse: inverse.map((frequency) => frequency / needed("factor")), scale: 1 };
    case "llama3": {
      const [factor, low, high] = [needed("factor"), needed("low_freq_factor"), needed("high_freq_factor")];
      const original = given.original_max_position_embeddings ?? contextLength;
      return {
        inverse: inverse.map((frequency) => {
          const turns = (original * frequency) / TAU; // within the original context
          if (turns < low) return frequency / factor;
          if (turns > high) return frequency;
          const smooth = (turns - low) / (high - low);
          return ((1 - smooth) * frequency) / factor + smooth * frequency;
        }),
        scale: 1,
      };
    }
    case "yarn": {
      // arXiv 2309.00071v3, equations 17 to 23
      const original = needed("original_max_position_embeddings");
      const factor = given.factor ?? contextLength / original;
      const mscale = (by = 1) => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1);
      const both = given.mscale && given.mscale_all_dim ? mscale(given.mscale) / mscale(given.mscale_all_dim) : mscale();
      const dimension = (turns: number) => (headSize * Math.log(original / (turns * TAU))) / (2 * Math.log(base));
      const bounds = [dimension(given.beta_fast || 32), dimension(given.beta_slow || 1)] as const;
      const [first, last] = given.truncate === false ? bounds : [Math.floor(bounds[0]), Math.ceil(bounds[1])];
      const [from, to] = [Math.max(first, 0), Math.min(last, headSize - 1)];
      const width = from === to ? 0.001 : to - from;
      return {
        inverse: inverse.map((frequency, j) => {
          const stretched = Math.min(Math.max((j - from) / width, 0), 1);
          return (frequency / factor) * stretched + frequency * (1 - stretched);
        }),
        scale: given.attention_factor ?? both,
      };
    }
    default:
      throw new InputError(
        "RL_HF_CONFIG",
        `${where}: rope_parameters are of type ${JSON.stringify(type)}, expected default, linear, llama3, yarn or mrope`,
      );
  }
}

/** cos and sin of position · θⱼ. positions [T] or [B, T] → [T, d/2] or [B, T, d/2] */
export function tablesOf({ inverse, scale }: RopeFrequencies, positions: Tensor): RopeTables {
  return tf.tidy(() => turned(tf.mul(tf.expandDims(tf.cast(positions, "float32"), -1), tf.tensor1d([...inverse])), scale));
}

/** Tables of angles that are there already. [..., d/2] */
export function turned(angles: Tensor, scale: number): RopeTables {
  const scaled = (x: Tensor) => (scale === 1 ? x : tf.mul(x, scale));
  return { cos: scaled(tf.cos(angles)), sin: scaled(tf.sin(angles)) };
}
