import { InputError } from "@rewardlab/core";
import type { Pixels } from "@rewardlab/core";
import { z } from "zod";
import type { ResampleFilter } from "../resample.ts";

/** What preprocessor_config.json says of every picture processor that is known; each adds what is its own. Pillow's processors of Transformers 5.24 (`*_pil_*`). */
export const commonProcessor = z.looseObject({
  do_resize: z.boolean().default(true),
  do_rescale: z.boolean().default(true),
  do_normalize: z.boolean().default(true),
  rescale_factor: z.number().default(1 / 255),
  resample: z.int().optional(),
  image_mean: z.array(z.number()).length(3).optional(),
  image_std: z.array(z.number()).length(3).optional(),
});
export type CommonProcessor = z.output<typeof commonProcessor>;

/** The file's contents, checked. Throws `InputError` with the file and the field. */
export function readProcessor<S extends z.ZodType>(schema: S, json: unknown, where: string): z.output<S> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError("RL_HF_CONFIG", `${where}: ${issue!.path.join(".") || "the file"}: ${issue!.message}`);
}

/** Pillow's numbers of its filters. */
const filters: readonly (ResampleFilter | null)[] = [null, "lanczos", "bilinear", "bicubic", "box", "hamming"];

/** The filter with Pillow's number. */
export function filterOf(number: number, where: string): ResampleFilter {
  const filter = filters[number];
  if (filter) return filter;
  throw new InputError("RL_HF_CONFIG", `${where}: resample is ${number}, expected Pillow's number of a filter: 1 (lanczos) to 5`);
}

/**
 * What each of a channel's 256 values becomes, in float32 as NumPy works it out: (v · rescale_factor − mean) / deviation.
 * Three tables, one for each of red, green and blue.
 */
export function valueTables(
  { do_rescale: rescales, do_normalize: normalises, rescale_factor: factor }: CommonProcessor,
  mean: readonly number[],
  deviation: readonly number[],
): Float32Array[] {
  return mean.map((ofChannel, channel) =>
    Float32Array.from({ length: 256 }, (_, value) => {
      const scaled = rescales ? Math.fround(value * factor) : value;
      if (!normalises) return scaled;
      return Math.fround(Math.fround(scaled - Math.fround(ofChannel)) / Math.fround(deviation[channel]!));
    }),
  );
}

/**
 * A picture's patch with its upper left corner at (left, top), in the order (channel, y, x), each channel `times` times: written into `into` at `at`,
 * 3 · times · side² numbers.
 */
export function writePatch(
  into: Float32Array,
  at: number,
  { width, data }: Pixels,
  tables: readonly Float32Array[],
  { left, top, side, times }: { readonly left: number; readonly top: number; readonly side: number; readonly times: number },
): void {
  let place = at;
  for (let channel = 0; channel < 3; channel++) {
    const table = tables[channel]!;
    const first = place;
    for (let y = 0; y < side; y++)
      for (let x = 0, from = ((top + y) * width + left) * 3 + channel; x < side; x++, from += 3)
        into[place++] = table[data[from]!]!;
    for (let more = 1; more < times; more++, place += side * side) into.copyWithin(place, first, first + side * side);
  }
}
