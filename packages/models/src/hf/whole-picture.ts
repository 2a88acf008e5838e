import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/core";
import type { Pixels, PictureSize } from "@rewardlab/core";
import { z } from "zod";
import { checkPicture, resampled } from "../resample.ts";
import { commonProcessor, filterOf, readProcessor, valueTables, writePatch } from "./picture-numbers.ts";

/**
 * Pictures for a tower that sees one size: made a square by a border (LLaVA's do_pad), resized, cut out of the middle, scaled and normalised, as Transformers'
 * CLIPImageProcessorPil, BitImageProcessorPil, LlavaImageProcessorPil and SiglipImageProcessorPil do it.
 */
const side = z.int().positive();
const sides = z.union([
  side.transform((one) => ({ height: one, width: one })),
  z.looseObject({
    height: side.optional(),
    width: side.optional(),
    shortest_edge: side.optional(),
    longest_edge: side.optional(),
  }),
]);
const processor = commonProcessor.extend({
  image_processor_type: z.string().optional(),
  size: z.union([side.transform((one) => ({ shortest_edge: one })), sides]).optional(),
  crop_size: sides.optional(),
  do_center_crop: z.boolean().optional(),
  do_pad: z.boolean().nullish(),
});
const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073];
const CLIP_DEVIATION = [0.26862954, 0.26130258, 0.27577711];
const HALF = [0.5, 0.5, 0.5];

export interface WholePictures {
  /** Of every picture, in pixels. */
  readonly size: PictureSize;
  /** n patches a picture, in reading order; what is left at the right and below is left out. [N, n, 3 · patch²] */
  patches(pictures: readonly Pixels[], patch: number): Tensor3D;
}

/** Throws `InputError` for a processor that makes pictures of different sizes, or does what isn't known. */
export function wholePictures(json: unknown, where: string): WholePictures {
  const given = readProcessor(processor, json, where);
  const siglip = /siglip/i.test(given.image_processor_type ?? "");
  const chosen = {
    ...given,
    size: given.size ?? (siglip ? { height: 224, width: 224 } : { shortest_edge: 224 }),
    crop: given.do_center_crop ?? !siglip,
    crop_size: given.crop_size ?? { height: 224, width: 224 },
  };
  const pads = given.do_pad === true;
  if (pads && !/llava/i.test(given.image_processor_type ?? ""))
    throw new InputError("RL_HF_CONFIG", `${where}: do_pad is true, expected a LlavaImageProcessor where pictures are padded`);
  const mean = given.image_mean ?? (siglip ? HALF : CLIP_MEAN);
  const tables = valueTables(given, mean, given.image_std ?? (siglip ? HALF : CLIP_DEVIATION));
  const border = mean.map((ofChannel) => Math.trunc(ofChannel * 255));
  const filter = filterOf(given.resample ?? 3, where);
  const size = sizeOf(chosen, where);
  const finished = (picture: Pixels): Pixels => {
    checkPicture(picture, "picture");
    const square = pads ? padded(picture, border) : picture;
    const to = given.do_resize ? resizedTo(square, chosen.size) : square;
    const resized = resampled(square, to.width, to.height, filter, "picture");
    return chosen.crop ? cropped(resized, size) : resized;
  };
  return {
    size,
    patches(pictures, patch) {
      const [across, down] = [Math.floor(size.width / patch), Math.floor(size.height / patch)];
      const each = 3 * patch * patch;
      const numbers = new Float32Array(pictures.length * across * down * each);
      pictures.forEach((picture, index) => {
        const one = finished(picture);
        for (let number = 0; number < across * down; number++)
          writePatch(numbers, (index * across * down + number) * each, one, tables, {
            left: (number % across) * patch,
            top: Math.floor(number / across) * patch,
            side: patch,
            times: 1,
          });
      });
      return tf.tensor3d(numbers, [pictures.length, across * down, each]);
    },
  };
}

type Sides = z.output<typeof sides> & {
  readonly shortest_edge?: number | undefined;
  readonly longest_edge?: number | undefined;
};

function sizeOf(
  { crop, crop_size, size, do_resize }: { crop: boolean; crop_size: Sides; size: Sides; do_resize: boolean },
  where: string,
): PictureSize {
  const fixed = crop ? crop_size : do_resize ? size : {};
  if (fixed.width !== undefined && fixed.height !== undefined) return { width: fixed.width, height: fixed.height };
  throw new InputError(
    "RL_HF_CONFIG",
    `${where}: pictures keep sizes of their own, expected one size for all: crop_size with height and width and do_center_crop, or such a size`,
  );
}

function resizedTo({ width, height }: PictureSize, size: Sides): PictureSize {
  const { shortest_edge: shortest } = size;
  if (shortest === undefined) return { width: size.width!, height: size.height! };
  const long = Math.trunc((shortest * Math.max(width, height)) / Math.min(width, height));
  return width <= height ? { width: shortest, height: long } : { width: long, height: shortest };
}

/** In the middle of a square of its longer side. */
function padded({ width, height, data }: Pixels, border: readonly number[]): Pixels {
  const longer = Math.max(width, height);
  if (width === height) return { width, height, data };
  const square = Uint8Array.from({ length: longer * longer * 3 }, (_, at) => border[at % 3]!);
  const left = Math.floor((longer - width) / 2);
  const top = Math.floor((longer - height) / 2);
  for (let y = 0; y < height; y++) square.set(data.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * longer + left) * 3);
  return { width: longer, height: longer, data: square };
}

/** So much of the middle; what is beyond the picture is black. */
function cropped({ width, height, data }: Pixels, to: PictureSize): Pixels {
  const left = Math.floor((width - to.width) / 2);
  const top = Math.floor((height - to.height) / 2);
  const cut = new Uint8Array(to.width * to.height * 3);
  for (let y = Math.max(0, -top); y < Math.min(to.height, height - top); y++) {
    const from = Math.max(0, -left);
    const until = Math.min(to.width, width - left);
    const row = (top + y) * width + left;
    cut.set(data.subarray((row + from) * 3, (row + until) * 3), (y * to.width + from) * 3);
  }
  return { ...to, data: cut };
}
