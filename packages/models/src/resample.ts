// Pictures of another size as Pillow makes them (`Image.resize`, 8 bits a channel), bit for bit: two passes, each rounded to 8 bits, along the rows and
// then along the columns; the columns first where the height shrinks by more than twice the pixels that the width does (Pillow before 13: only where a
// picture is over 100 times as high as wide).
// A new pixel x lies at c = (x + ½) · old/new. Its weights are f((i + ½ − c) / s), s = max(1, old/new), over the old pixels i within s · support of c,
// divided by their sum and rounded to 22 bits behind the point. s widens the filter where a picture shrinks: every old pixel counts (antialiasing).
// Compared with Pillow 13.0.0 by resample.parity.test.ts.

import { InputError } from "@rewardlab/core";
import type { Pixels } from "@rewardlab/core";

interface Filter {
  /** The filter is 0 further from its centre, in pixels. */
  readonly support: number;
  readonly weight: (distance: number) => number;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const filters = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, weight: (x) => (Math.abs(x) < 1 ? sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)) : 0) },
  /** Keys' cubic with a = −½. */
  bicubic: {
    support: 2,
    weight: (x) => {
      const d = Math.abs(x);
      return d < 1 ? (1.5 * d - 2.5) * d * d + 1 : d < 2 ? (((d - 5) * d + 8) * d - 4) * -0.5 : 0;
    },
  },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
} satisfies Record<string, Filter>;

/** How new pixels are mixed from old ones; Pillow's filters of the same names. */
export type ResampleFilter = keyof typeof filters;

/** The picture at another size; its aspect ratio is not kept. What isn't a picture, or not a size, is an `InputError` that begins with `where`. */
export function resampled(picture: Pixels, width: number, height: number, filter: ResampleFilter, where: string): Pixels {
  checkPicture(picture, where);
  if (![width, height].every((side) => Number.isInteger(side) && side > 0))
    throw new InputError("RL_IMAGE", `${where}: resampled to ${width}×${height}, expected whole numbers of pixels above 0`);
  const widened = (one: Pixels) => alongRows(one, width, filters[filter]);
  const heightened = (one: Pixels) => turned(alongRows(turned(one), height, filters[filter]));
  const columnsFirst = height < picture.height && picture.height - height > 2 * (picture.width - width);
  return columnsFirst ? widened(heightened(picture)) : heightened(widened(picture));
}

/** Throws an `InputError` where the bytes aren't the size's, three a pixel. */
export function checkPicture({ width, height, data }: Pixels, where: string): void {
  if (!(width > 0 && height > 0 && data.length === width * height * 3))
    throw new InputError(
      "RL_IMAGE",
      `${where}: the picture is ${width}×${height} with ${data.length} bytes, expected ${width * height * 3} (RGB)`,
    );
}

const ONE = 2 ** 22;

function alongRows(picture: Pixels, width: number, filter: Filter): Pixels {
  if (picture.width === width) return picture;
  const data = new Uint8ClampedArray(width * picture.height * 3);
  weightsOf(picture.width, width, filter).forEach(({ first, weights }, column) => {
    for (let row = 0; row < picture.height; row++)
      for (let channel = 0; channel < 3; channel++) {
        let sum = ONE / 2;
        for (let i = 0, at = (row * picture.width + first) * 3 + channel; i < weights.length; i++, at += 3)
          sum += picture.data[at]! * weights[i]!;
        data[(row * width + column) * 3 + channel] = Math.floor(sum / ONE);
      }
  });
  return { width, height: picture.height, data: new Uint8Array(data.buffer) };
}

/** For each of the new pixels along one axis, the first old one that counts, and the weights from there on, in parts of `ONE`. */
function weightsOf(from: number, to: number, { support, weight }: Filter): { first: number; weights: number[] }[] {
  const scale = from / to;
  const wider = Math.max(1, scale);
  return Array.from({ length: to }, (_, index) => {
    const centre = (index + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support * wider + 0.5));
    const end = Math.min(from, Math.trunc(centre + support * wider + 0.5));
    const weights = [...Array(end - first).keys()].map((i) => weight((first + i - centre + 0.5) * (1 / wider)));
    const total = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((one) => Math.sign(one) * Math.floor(Math.abs((one * ONE) / total) + 0.5)) };
  });
}

/** Rows become columns. */
function turned({ width, height, data }: Pixels): Pixels {
  const other = new Uint8Array(data.length);
  let at = 0;
  for (let column = 0; column < width; column++)
    for (let row = 0; row < height; row++)
      for (let channel = 0; channel < 3; channel++) other[at++] = data[(row * width + column) * 3 + channel]!;
  return { width: height, height: width, data: other };
}
