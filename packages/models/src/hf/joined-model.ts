import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { Compiler, Files, InputError, model } from "@rewardlab/core";
import type { RandomStream } from "@rewardlab/core";
import { fileBytes, openSafetensors, sha256 } from "@rewardlab/storage";
import { join } from "node:path";
import { z } from "zod";
import { architectureFrom, architectureOf, textOf } from "./architectures.ts";
import type { Architecture } from "./architectures.ts";
import type { Eyes } from "./eyes.ts";
import { createHfModel, loraIn, pathOf, sharedOptions } from "./hf-model.ts";
import type { FreshParameters, ModelSource } from "./hf-model.ts";
import { DECODER, HEAD, joinFolders, MARK, PROJECTOR, TOWER } from "./joined-folder.ts";
import type { JoinedFolder } from "./joined-folder.ts";
import { projected, projectorShapes } from "./llava.ts";
import { loraOptions } from "./low-rank.ts";
import { at } from "./module.ts";
import { exactGelu } from "./vision-layers.ts";
import { withWeights } from "./weights.ts";

const projectorOptions = z.strictObject({
  shuffle: z.int().min(1).max(8).default(1).describe("s: so many by so many patches become one column"),
  layer: z
    .int()
    .nullable()
    .default(null)
    .describe(
      "which of the tower's states is read: 0 before its first layer, l after layer l, −1 the last; null: −2 (LLaVA), with shuffle −1 (InternVL)",
    ),
  from: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("a folder with a model.safetensors whose projector it begins with, e.g. a run's; null: drawn from the seed"),
});

const options = z.strictObject({
  vision: z.string().min(1).describe("a folder with what sees: a tower (CLIP, SigLIP, DINOv2), or a whole model that has one"),
  text: z.string().min(1).describe("a folder or .gguf file with what reads and writes: a decoder, or a whole model that has one"),
  imageSize: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe(
      "side of a picture in pixels, the shorter side brought to it and the middle cut out; null: as the vision folder says",
    ),
  projector: projectorOptions.prefault({}).describe("what brings the tower's columns among the words"),
  train: z
    .array(z.enum(["text", "vision", "projector"]))
    .default(["projector"])
    .describe("parts whose own weights train; adapters do besides"),
  lora: loraOptions.nullable().default(null).describe("adapters beside frozen weights; null: none"),
  ...sharedOptions,
});
type JoinedOptions = z.output<typeof options>;

/** A model of parts from separate folders: a tower, a decoder, and a projector between them that is learned (LLaVA, arXiv 2304.08485v2). */
export const llava = model({
  name: "llava",
  summary: "a tower and a decoder from folders of their own, joined by a new projector",
  options,
  inject: { compiler: Compiler, files: Files },
  create: (chosen, { compiler, files }) => {
    const lora = loraIn(chosen.lora, files.folder);
    return createHfModel(sourceOf(chosen, files.folder), { ...chosen, lora }, compiler);
  },
});

function sourceOf(chosen: JoinedOptions, folder: string): ModelSource {
  const { projector, train, lora } = chosen;
  const { shuffle } = projector;
  const from = projector.from === null ? null : pathOf(projector.from, folder);
  if (from === null && !train.includes("projector"))
    throw new InputError(
      "RL_MODEL_PART",
      `llava: train is [${train.join(", ")}], expected the projector among them: it is new, and untrained it shows the decoder noise (projector.from begins with a trained one)`,
    );
  for (const part of ["text", "vision"] as const)
    if (train.includes(part) && lora?.towers.includes(part) === true)
      throw new InputError("RL_MODEL_PART", `llava: ${part} is in train and has adapters (lora.towers), expected one of the two`);
  const joined = joinFolders({
    vision: pathOf(chosen.vision, folder),
    text: pathOf(chosen.text, folder),
    shuffle,
    layer: projector.layer ?? (shuffle === 1 ? -2 : -1),
    imageSize: chosen.imageSize,
  });
  return {
    folder: joined.folder,
    architecture(names) {
      const made = architectureOfJoint(joined, names);
      if (from !== null) checkProjector(join(from, WEIGHTS), made);
      return made;
    },
    // the small files are this function's of the two folders' and of the options, which the stage's key has
    hash: (adapter) =>
      sha256(
        JSON.stringify([
          withWeights(joined.folder, (weights) => weights.sha256()),
          joined.folder.smallFiles(),
          ...[adapter, from].map((one) => (one === null ? null : weightsHash(one))),
        ]),
      ),
    trains: (part) => train.includes(part),
    fresh: from === null ? drawn : readFrom(from),
    ...notExported(joined, shuffle),
  };
}

function notExported({ seeing, folder }: JoinedFolder, shuffle: number): Pick<ModelSource, "notExported"> {
  const inWords = "no class of Transformers joins";
  if (seeing !== null)
    return {
      notExported: `${inWords} a whole model's tower and projector to another decoder. Export needs a tower alone (CLIP, SigLIP, DINOv2)`,
    };
  const { model_type: tower } = folder.config["vision_config"] as { model_type?: unknown };
  if (shuffle > 1)
    return {
      notExported: `${inWords} a tower of ${String(tower)} by a projector that shuffles patches (its InternVL has a tower of its own), expected projector.shuffle: 1`,
    };
  return {};
}

/** LLaVA's or InternVL's by the files; with a whole model's eyes, those behind a projector of their own. */
function architectureOfJoint({ folder, seeing }: JoinedFolder, names: ReadonlySet<string>): Architecture {
  if (seeing === null) return architectureOf(folder, names);
  const text = textOf(folder, "llama");
  const eyes = behind(seeing.eyes!, text.width, { mark: MARK, columnToken: folder.tokenizer().idOf(MARK)! });
  return architectureFrom({ text, decoder: DECODER, head: HEAD, eyes, projector: PROJECTOR });
}

/** Eyes whose columns go through a new projector. They have no height and width among the words, and nothing of them is added to deeper layers. */
function behind(eyes: Eyes, width: number, { mark, columnToken }: Pick<Eyes, "mark" | "columnToken">): Eyes {
  return {
    mark,
    columnToken,
    columnWidth: width,
    never: [columnToken],
    written: (picture) => mark.repeat(eyes.written(picture).split(eyes.mark).length - 1),
    grid: () => null,
    prepare: (pictures) => eyes.prepare(pictures),
    look: (whole, seen) => {
      const look = () => {
        const { columns } = eyes.look(at(whole, TOWER), seen); // [N, O]
        return projected(at(whole, PROJECTOR), columns, exactGelu, { normed: true }); // [N, W]
      };
      return { columns: tf.tidy(look) };
    },
    shapes: {
      ...Object.fromEntries(Object.entries(eyes.shapes).map(([name, shape]) => [`${TOWER}.${name}`, shape])),
      ...projectorShapes(PROJECTOR, eyes.columnWidth, width, true, true),
    },
  };
}

// ---------------------------------------------------------------- the projector

const isProjectors = (name: string) => name.startsWith(`${PROJECTOR}.`);

/**
 * Matrices are normal, with deviation 1/√I, so that numbers keep their size; the second's is such that a column is about as large as a word's embedding (the
 * GELU of a normal number has a root mean square of 0.65). Biases are 0.
 */
const drawn: FreshParameters = {
  has: isProjectors,
  make({ shapes, decoder }, loaded, random) {
    const words = loaded[`${decoder}.embed_tokens.weight`] as Tensor2D; // [V, W]
    const size = tf.tidy(() => tf.sqrt(tf.mean(tf.square(words))).dataSync()[0]!);
    const made: Record<string, tf.Tensor> = {};
    for (const [name, shape] of shapes) {
      if (!isProjectors(name)) continue;
      const [, inputs] = shape;
      const scale = name.endsWith("linear_2.weight") ? size / 0.65 : 1;
      if (inputs !== undefined) made[name] = normal(shape as [number, number], scale / Math.sqrt(inputs), random);
      else made[name] = name.endsWith("layer_norm.weight") ? tf.ones([...shape]) : tf.zeros([...shape]);
    }
    return made;
  },
};

function normal(shape: [number, number], deviation: number, random: RandomStream): Tensor2D {
  return tf.tensor2d(
    Float32Array.from({ length: shape[0] * shape[1] }, () => deviation * random.normal()),
    shape,
  );
}

const WEIGHTS = "model.safetensors";
const weightsHash = (folder: string) => sha256(fileBytes(join(folder, WEIGHTS)));

/** A projector that was trained before. */
function readFrom(folder: string): FreshParameters {
  return {
    has: isProjectors,
    make({ shapes }) {
      const file = openSafetensors(join(folder, WEIGHTS));
      try {
        const own = [...shapes].filter(([name]) => isProjectors(name));
        return Object.fromEntries(own.map(([name, shape]) => [name, tf.tensor(file.floats(name), [...shape])]));
      } finally {
        file.close();
      }
    },
  };
}

/** Refuses one of other parts before anything is loaded. */
function checkProjector(path: string, { shapes }: Architecture): void {
  const file = openSafetensors(path);
  try {
    for (const [name, shape] of shapes) {
      const found = file.tensors.get(name)?.shape;
      if (isProjectors(name) && `${found}` !== `${shape}`)
        throw new InputError(
          "RL_WEIGHTS",
          `${path}: ${found === undefined ? `there is no tensor ${name}` : `${name} has shape [${found.join(", ")}]`}, expected the projector of the same parts, [${shape.join(", ")}]`,
        );
    }
  } finally {
    file.close();
  }
}
