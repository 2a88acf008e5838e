import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { messageOf, type PictureSize, type Pixels } from "@rewardlab/core";
import sharp from "sharp";

// Every picture is decoded once and kept by us: what libvips would keep of it is memory for nothing, and would be stale where a file is written anew.
sharp.cache(false);

/** Pixels that a picture may have where nothing else is said: more than a telephone's, 192 MiB decoded. */
export const MOST_PIXELS = 64e6;

/**
 * A picture, by its file or that file's bytes (PNG, JPEG, WebP, GIF's first frame, …) as 8-bit RGB: turned as its EXIF tag says, greys and palettes widened, 16 bits
 * reduced to 8, and what is transparent laid on white, as the processors of the common vision-language models do. One of more than `mostPixels` is refused by
 * what its head says, before anything of it is decoded.
 *
 * A file's bytes are read at once, before this returns, and decoding is one job of libuv's threads: what was asked for is decoded while the caller computes,
 * without coming back to the event loop in between.
 */
export function decodedPicture(picture: string | Uint8Array, mostPixels = MOST_PIXELS): Promise<Pixels> {
  return typeof picture === "string" ? decodedFile(picture, mostPixels) : decodedBytes(picture, mostPixels);
}

/** The same of a file; `check` sees its bytes and whose they are, and throws where they aren't what they should be. */
export async function decodedFile(
  file: string,
  mostPixels: number,
  check?: (descriptor: number, bytes: Uint8Array) => void,
): Promise<Pixels> {
  return decodedBytes(pictureBytes(file, mostPixels, check), mostPixels);
}

async function decodedBytes(bytes: Uint8Array, mostPixels: number): Promise<Pixels> {
  try {
    const { data, info } = await sharp(bytes, { failOn: "error", limitInputPixels: Math.max(1, Math.floor(mostPixels)) })
      .autoOrient()
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  } catch (error) {
    if (/pixel limit/.test(messageOf(error))) await sizeOf(bytes, mostPixels); // libvips tells neither the size nor the limit
    throw unreadable(error);
  }
}

/** No format needs more bytes than uncompressed pixels of four channels of 16 bits, and a head. */
const mostBytes = (mostPixels: number) => mostPixels * 8 + 2 ** 20;

function pictureBytes(file: string, mostPixels: number, check?: (descriptor: number, bytes: Uint8Array) => void): Buffer {
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    if (size > mostBytes(mostPixels))
      throw new Error(`has ${size} bytes, more than a picture of ${megapixels(mostPixels)} megapixels needs: ${ADVICE}`);
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
  const problem = sizeProblem({ width, height }, mostPixels);
  if (problem !== null) throw new Error(problem);
  return { width, height };
}

/** What is wrong with a picture's size; null: nothing. */
export function sizeProblem({ width, height }: PictureSize, mostPixels: number): string | null {
  if (width * height <= mostPixels) return null;
  return `has ${width} × ${height} pixels, ${megapixels(width * height)} megapixels, expected at most ${megapixels(mostPixels)}: ${ADVICE}`;
}
const ADVICE = "shrink it, or let the data's option pictureMegapixels be larger";

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
