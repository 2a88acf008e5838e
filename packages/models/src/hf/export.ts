import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { join } from "node:path";
import { InputError } from "@rewardlab/core";
import type { Parameters } from "@rewardlab/core";
import { openSafetensors, readJson, writeFileAtomic, writeSafetensors } from "@rewardlab/storage";
import { z } from "zod";
import type { Architecture } from "./architectures.ts";
import { configText } from "./config-text.ts";
import type { HfFolder } from "./folder.ts";
import { isAdapter, scaleOf } from "./low-rank.ts";
import type { LoraOptions } from "./low-rank.ts";
import { withWeights } from "./weights.ts";

/** A model as Transformers loads it: the folder's small files, and weights in float32 with the adapters added in, W + s · B A; what nothing reads, as it is. */
export function exportWhole(
  folder: HfFolder,
  { shapes, isCarried }: Architecture,
  parameters: Parameters,
  lora: LoraOptions | null,
  into: string,
): void {
  const small = folder.smallFiles();
  for (const [name, content] of Object.entries(small)) if (name !== "config.json") writeFileAtomic(join(into, name), content);
  const { quantization_config: _, torch_dtype: __, ...config } = folder.config;
  writeFileAtomic(join(into, "config.json"), configText({ ...config, dtype: "float32" }, [small["config.json"]]));
  const scale = lora === null ? 0 : scaleOf(lora);
  const trained = (name: string): Float32Array => {
    const module = name.replace(/\.weight$/, "");
    const [W, A, B] = [parameters[name]!, parameters[`${module}.lora_A.weight`], parameters[`${module}.lora_B.weight`]];
    if (A === undefined || B === undefined) return W.dataSync() as Float32Array;
    return tf.tidy(() => tf.add(W, tf.mul(tf.matMul(B as Tensor2D, A as Tensor2D), scale)).dataSync()) as Float32Array;
  };
  withWeights(folder, (weights) => {
    const carried = [...weights.tensors].filter(([name]) => isCarried(name) && !shapes.has(name));
    const all = new Map([...shapes, ...carried.map(([name, { shape }]) => [name, shape] as const)]);
    writeSafetensors(join(into, "model.safetensors"), all, (name) => (shapes.has(name) ? trained(name) : weights.read(name)));
  });
}

const BEFORE = "base_model.model.";

/** The adapters as PEFT 0.21 loads them beside the base: `PeftModel.from_pretrained(base, folder)`; vLLM's `/v1/load_lora_adapter` takes them too. */
export function exportAdapter(
  folder: HfFolder,
  architecture: Architecture,
  parameters: Parameters,
  lora: LoraOptions,
  into: string,
): void {
  const { held } = architecture;
  const adapters = new Map<string, Tensor>(
    Object.entries(parameters)
      .filter(([name]) => isAdapter(name))
      .map(([name, tensor]) => [`${BEFORE}${held(name)}`, tensor] as const),
  );
  const modules = new Set([...adapters.keys()].map((name) => name.slice(BEFORE.length).replace(/\.lora_[AB]\.weight$/, "")));
  const config = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: folder.path,
    r: lora.rank,
    lora_alpha: lora.alpha,
    use_rslora: lora.rsLora,
    lora_dropout: 0,
    target_modules: [...modules].sort(),
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
  };
  writeFileAtomic(join(into, "adapter_config.json"), `${JSON.stringify(config, null, 2)}\n`);
  const shapes = new Map([...adapters].map(([name, { shape }]) => [name, shape] as const));
  writeSafetensors(join(into, "adapter_model.safetensors"), shapes, (name) => adapters.get(name)!.dataSync() as Float32Array);
}

const adapterConfig = z.looseObject({
  peft_type: z.literal("LORA"),
  r: z.int().positive(),
  lora_alpha: z.number().positive(),
  use_rslora: z.boolean().nullish(),
  use_dora: z.literal(false).nullish(),
  bias: z.literal("none").nullish(),
  rank_pattern: z.strictObject({}).nullish(),
  alpha_pattern: z.strictObject({}).nullish(),
});

/** Adapters from a folder of PEFT's, and what they were made with. Throws `InputError` where they are of another kind, or of another base. */
export function readAdapter(
  path: string,
  { held, shapes }: Architecture,
): {
  readonly lora: Pick<LoraOptions, "rank" | "alpha" | "rsLora">;
  readonly modules: ReadonlyMap<string, readonly [number, number]>;
  read(): Parameters;
} {
  const where = join(path, "adapter_config.json");
  const json = readJson(where);
  if (json === undefined)
    throw new InputError("RL_LORA", `${path}: has no adapter_config.json, expected a folder of adapters as PEFT saves it`);
  const parsed = adapterConfig.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(
      "RL_LORA",
      `${where}: ${issue!.path.join(".") || "isn't PEFT's configuration of an adapter"}: ${issue!.message}`,
    );
  }
  const { r: rank, lora_alpha: alpha, use_rslora: rsLora } = parsed.data;
  const names = new Map(
    [...shapes].flatMap(([name, shape]) =>
      shape.length === 2 ? [[held(name.replace(/\.weight$/, "")), { name, shape }] as const] : [],
    ),
  );
  const file = join(path, "adapter_model.safetensors");
  const open = openSafetensors(file);
  try {
    const modules = new Map<string, readonly [number, number]>();
    const places = new Map<string, string>(); // our name → the file's
    for (const [stored, { shape }] of open.tensors) {
      const [, module, side] = /^(?:base_model\.model\.)?(.*)\.lora_([AB])(?:\.default)?\.weight$/.exec(stored) ?? [];
      const base = module === undefined ? undefined : names.get(module);
      const [outputs, inputs] = (base?.shape ?? []) as readonly [number?, number?];
      const expected = side === "A" ? [rank, inputs] : [outputs, rank];
      if (base === undefined || `${shape}` !== `${expected}`)
        throw new InputError(
          "RL_LORA",
          `${file}: ${stored} has shape [${shape.join(", ")}]${base === undefined ? ", and the model has no matrix of that name" : `, expected [${expected.join(", ")}]`}: these adapters are of another base`,
        );
      const own = base.name.replace(/\.weight$/, "");
      modules.set(own, base.shape as unknown as readonly [number, number]);
      places.set(`${own}.lora_${side}.weight`, stored);
    }
    if (places.size !== 2 * modules.size)
      throw new InputError("RL_LORA", `${file}: has a matrix without its other half, expected A and B of each module`);
    return {
      lora: { rank, alpha, rsLora: rsLora ?? false },
      modules,
      read: () => {
        const again = openSafetensors(file);
        try {
          return Object.fromEntries(
            [...places].map(([name, stored]) => [name, tf.tensor(again.floats(stored), [...again.tensors.get(stored)!.shape])]),
          );
        } finally {
          again.close();
        }
      },
    };
  } finally {
    open.close();
  }
}
