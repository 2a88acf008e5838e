import { readFile } from "node:fs/promises";
import { messageOf, type PictureSize, type Pixels } from "@rewardlab/core";
import sharp from "sharp";

/**
 * A picture, by its file or that file's bytes (PNG, JPEG, WebP, GIF's first frame, …) as 8-bit RGB: turned as its EXIF tag says, greys and palettes widened, 16 bits
 * reduced to 8, and what is transparent laid on white, as the processors of the common vision-language models do.
 */
export async function decodedPicture(picture: string | Uint8Array): Promise<Pixels> {
  const bytes = typeof picture === "string" ? await readFile(picture) : picture;
  try {
    const { data, info } = await sharp(bytes, { failOn: "error" })
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
export async function pictureSize(file: string): Promise<PictureSize> {
  try {
    const { width, height } = (await sharp(file).metadata()).autoOrient;
    return { width, height };
  } catch (error) {
    throw unreadable(error);
  }
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
