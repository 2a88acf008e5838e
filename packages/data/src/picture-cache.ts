import type { Pixels } from "@rewardlab/core";
import { decodedPicture } from "./pictures.ts";

/** Decoded pictures by file, as many of the last used as fit into so many bytes. One that is asked for while it is being decoded is decoded once. */
export interface PictureCache {
  /** The picture's pixels, which the caller must leave as they are. Throws where the file is no readable picture. */
  get(file: string): Promise<Pixels>;
  /** What it may hold, and what it holds now, in bytes of pixels. */
  readonly most: number;
  readonly bytes: number;
}

/**
 * Keeps decoded pictures up to `most` bytes in all, and lets go those that were unused the longest. A picture asked for twice at once is decoded
 * once.
 */
export function pictureCache(most: number, decode: (file: string) => Promise<Pixels> = decodedPicture): PictureCache {
  const held = new Map<string, { readonly picture: Promise<Pixels>; bytes: number }>(); // the longest unused first
  let total = 0;
  const add = (file: string) => {
    const entry = { picture: decode(file), bytes: 0 };
    held.set(file, entry);
    const settle = (bytes: number) => {
      if (held.get(file) !== entry) return;
      entry.bytes = bytes;
      total += bytes;
      if (bytes === 0) held.delete(file);
      for (const [name, { bytes: size }] of held) {
        if (total <= most) break;
        if (size === 0) continue; // being decoded
        held.delete(name);
        total -= size;
      }
    };
    entry.picture.then(
      ({ data }) => settle(data.length),
      () => settle(0),
    );
    return entry;
  };
  return {
    most,
    get(file) {
      const entry = held.get(file);
      if (entry === undefined) return add(file).picture;
      held.delete(file);
      held.set(file, entry);
      return entry.picture;
    },
    get bytes() {
      return total;
    },
  };
}
