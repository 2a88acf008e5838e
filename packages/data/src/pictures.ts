import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { messageOf, type PictureSize, type Pixels } from "@rewardlab/core";
import sharp from "sharp";

// Every picture is decoded once and kept by us: what libvips would keep of it is memory for nothing, and would be stale where a file is written anew.
sharp.cache(false);

/** Pixels that a picture may have, unless told otherwise: 50 megapixels are 150 MB decoded. */
export const defaultMegapixels = 50;

/**
 * A picture file (PNG, JPEG, WebP, GIF's first frame, …) as 8-bit RGB: turned as its EXIF tag says, greys and palettes widened, 16 bits
 * reduced to 8, and what is transparent laid on white, as the processors of the common vision-language models do. A picture of more than so many
 * megapixels is refused by its head, before anything of it is decoded.
 *
 * Its bytes are read at once, before this returns; decoding is then one job of libuv's threads. So what was asked for is decoded while the caller computes,
 * without coming back to the event loop in between.
 */
export async function decodedPicture(
  file: string,
  megapixels: number = defaultMegapixels,
  check?: (descriptor: number, bytes: Uint8Array) => void,
): Promise<Pixels> {
  const bytes = pictureBytes(file, megapixels, check);
  try {
    const { data, info } = await sharp(bytes, { failOn: "error", limitInputPixels: pixelLimit(megapixels) })
      .autoOrient()
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  } catch (error) {
    throw (await tooLarge(error, bytes, megapixels)) ?? unreadable(error);
  }
}

/** The size that `decodedPicture` gives, from the file's head alone. */
export async function pictureSize(file: string, megapixels: number = defaultMegapixels): Promise<PictureSize> {
  let size: PictureSize;
  try {
    const { width, height } = (await sharp(file, { limitInputPixels: false }).metadata()).autoOrient;
    size = { width, height };
  } catch (error) {
    throw unreadable(error);
  }
  const tooLarge = sizeProblem(size, megapixels);
  if (tooLarge !== null) throw new Error(tooLarge);
  return size;
}

const pixelLimit = (megapixels: number) => Math.floor(megapixels * 1e6);

/** No format needs more bytes than uncompressed pixels of four channels of 16 bits, and a head. */
const byteLimit = (megapixels: number) => pixelLimit(megapixels) * 8 + 2 ** 20;

function pictureBytes(file: string, megapixels: number, check?: (descriptor: number, bytes: Uint8Array) => void): Buffer {
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    if (size > byteLimit(megapixels))
      throw new Error(`${size} bytes are more than a picture of ${megapixels} megapixels has; ${MORE}`);
    const bytes = Buffer.allocUnsafeSlow(size);
    let done = 0;
    while (done < size) {
      const read = readSync(descriptor, bytes, done, size - done, done);
      if (read === 0) break; // cut short meanwhile
      done += read;
    }
    const whole = bytes.subarray(0, done);
    check?.(descriptor, whole);
    return whole;
  } finally {
    closeSync(descriptor);
  }
}

const MORE = "the option maxMegapixels allows more";

/** What is wrong with a picture's size; null: nothing. */
export function sizeProblem({ width, height }: PictureSize, megapixels: number): string | null {
  if (width * height <= pixelLimit(megapixels)) return null;
  return `${width} × ${height} pixels are ${Number(((width * height) / 1e6).toPrecision(3))} megapixels, expected at most ${megapixels}; ${MORE}`;
}

/** libvips' words for a picture that is too large tell neither its size nor the limit. null: that isn't what is wrong. */
async function tooLarge(error: unknown, bytes: Uint8Array, megapixels: number): Promise<Error | null> {
  if (!/pixel limit/.test(messageOf(error))) return null;
  const { width, height } = (await sharp(bytes, { limitInputPixels: false }).metadata()).autoOrient;
  const problem = sizeProblem({ width, height }, megapixels);
  return problem === null ? null : new Error(problem);
}

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
