import type { Pixels } from "@rewardlab/core";
import { createHash } from "node:crypto";
import { Problem } from "./problem.ts";

/** A picture's bytes as pixels. Refuses one of more pixels than `most` before it is decoded, by its head. Throws whatever is wrong with it. */
export type Decode = (bytes: Uint8Array, most: number) => Promise<Pixels>;

/** A decoded picture, named by its bytes' hash. */
export interface NamedPicture {
  readonly path: string;
  readonly pixels: Pixels;
}

/** What pictures a request may bring. */
export interface PictureLimits {
  readonly decode: Decode;
  /** Pixels of one picture. */
  readonly pixels: number;
  /** Pictures of one request. */
  readonly count: number;
}

/** A picture given as a data URL or as base64 alone. `param`: which field, for the client. Nothing is fetched and no file is read. */
export async function pictureIn(given: string, param: string, { decode, pixels }: PictureLimits): Promise<NamedPicture> {
  const bytes = bytesIn(given, param);
  try {
    return { path: createHash("sha256").update(bytes).digest("hex"), pixels: await decode(bytes, pixels) };
  } catch (error) {
    throw new Problem(400, "invalid_picture", `${param}: ${error instanceof Error ? error.message : String(error)}`, { param });
  }
}

/** Throws where a request brings more pictures than one may. */
export function checkCount(count: number, limits: PictureLimits, param: string): void {
  if (count > limits.count)
    throw new Problem(400, "too_many_pictures", `${param}: ${count} pictures, expected at most ${limits.count}`, { param });
}

function bytesIn(given: string, param: string): Buffer {
  const refuse = (what: string) => new Problem(400, "invalid_picture", `${param}: ${what}`, { param });
  if (/^(https?|file|ftp):/i.test(given))
    throw refuse(
      `is the address ${JSON.stringify(given.slice(0, 60))}, and nothing is fetched; expected data:image/png;base64,…`,
    );
  const url = /^data:([^,;]*)((?:;[^,;]*)*),/i.exec(given.slice(0, 200));
  if (url !== null && !/;base64$/i.test(url[2]!))
    throw refuse("is a data URL that isn't base64, expected data:image/png;base64,…");
  if (url === null && /^data:/i.test(given)) throw refuse("is no whole data URL, expected data:image/png;base64,…");
  const text = (url === null ? given : given.slice(url[0].length)).replaceAll(/\s/g, "");
  if (text === "" || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) throw refuse("is no base64, expected data:image/png;base64,…");
  return Buffer.from(text, "base64");
}
