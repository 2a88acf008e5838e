import { messageOf } from "@rewardlab/core";
import type { Pixels } from "@rewardlab/core";
import sharp from "sharp";

/** What pictures are that come from afar; others (SVG, PDF …) are programs for a renderer. */
const FORMATS = new Set(["jpeg", "png", "webp", "gif", "tiff", "avif", "heif"]);

/**
 * The bytes of a picture file as 8-bit RGB, as `decodedPicture` makes it. One of more than `most` pixels is refused by its head, before it takes any memory. Throws
 * an error that says what is wrong with it.
 */
export async function decodedBytes(bytes: Uint8Array, most: number): Promise<Pixels> {
  const options = { failOn: "error", limitInputPixels: most } as const;
  const { width, height, format } = await unreadable(() => sharp(bytes, { ...options, limitInputPixels: false }).metadata());
  if (!FORMATS.has(format)) throw new Error(`is a picture of the format ${format}, expected PNG, JPEG, WebP, GIF, TIFF or AVIF`);
  if (width * height > most)
    throw new Error(`has ${width} × ${height} pixels, expected at most ${most.toLocaleString("en")} in all`);
  const { data, info } = await unreadable(() =>
    sharp(bytes, options)
      .autoOrient()
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true }),
  );
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

async function unreadable<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw new Error(`is not a readable picture (${messageOf(error).trim().replaceAll(/\s+/g, " ")})`, { cause: error });
  }
}
