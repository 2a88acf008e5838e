import { readFile } from "node:fs/promises";
import { messageOf, type PictureSize, type Pixels } from "@rewardlab/core";
import sharp from "sharp";

/** Pixels that a picture may have where nothing else is said: more than a telephone's, 192 MiB decoded. */
export const MOST_PIXELS = 64e6;

/**
 * A picture, by its file or that file's bytes (PNG, JPEG, WebP, GIF's first frame, …) as 8-bit RGB: turned as its EXIF tag says, greys and palettes widened, 16 bits
 * reduced to 8, and what is transparent laid on white, as the processors of the common vision-language models do. One of more than `mostPixels` is refused by
 * what its head says, before anything of it is decoded.
 */
export async function decodedPicture(picture: string | Uint8Array, mostPixels = MOST_PIXELS): Promise<Pixels> {
  const bytes = typeof picture === "string" ? await readFile(picture) : picture;
  await sizeOf(bytes, mostPixels);
  try {
    const { data, info } = await sharp(bytes, { failOn: "error", limitInputPixels: mostPixels })
      .autoOrient()
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: new Uint8Array(data) };
  } catch (error) {
    throw unreadable(error);
  }
}

/** The size that `decodedPicture` gives, from the file's head alone. */
export async function pictureSize(file: string, mostPixels = MOST_PIXELS): Promise<PictureSize> {
  return sizeOf(file, mostPixels);
}

async function sizeOf(input: string | Uint8Array, mostPixels: number): Promise<PictureSize> {
  let size: PictureSize;
  try {
    size = (await sharp(input, { limitInputPixels: false }).metadata()).autoOrient;
  } catch (error) {
    throw unreadable(error);
  }
  const { width, height } = size;
  if (width * height <= mostPixels) return { width, height };
  throw new Error(
    `has ${width} × ${height} pixels, ${megapixels(width * height)} megapixels, expected at most ${megapixels(mostPixels)}: shrink it, or let the data's option pictureMegapixels be larger`,
  );
}

const megapixels = (pixels: number) => Number((pixels / 1e6).toPrecision(3));

const unreadable = (error: unknown) =>
  new Error(`not a readable picture (${messageOf(error).trim().replaceAll(/\s+/g, " ")})`, { cause: error });

/** `task` of every value, `limit` of them at a time; results in the values' order. */
export async function concurrently<T, R>(
  values: readonly T[],
  limit: number,
  task: (value: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < values.length; index = next++) results[index] = await task(values[index]!, index);
  };
  await Promise.all(Array.from({ length: Math.min(limit, values.length) }, worker));
  return results;
}
