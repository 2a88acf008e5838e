import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Grid } from "../read-grid.ts";

/** Larger pictures are left out of the page; all together they may take so much. */
const MOST_BYTES = 512 * 1024;
const MOST_BYTES_TOGETHER = 12 * 1024 * 1024;

/** Gives a sample's picture as a data URI, or null where it is gone, too large, or no picture. */
export function imageReader({ roots, file }: Pick<Grid, "roots" | "file">): (path: string) => string | null {
  const folders = [...roots, ...roots.map((root) => join(root, "data")), ...(file === null ? [] : [dirname(resolve(file))])];
  const seen = new Map<string, string | null>();
  let left = MOST_BYTES_TOGETHER;
  const read = (path: string): string | null => {
    const inData = /[/\\]data[/\\](.*)$/s.exec(path)?.[1]; // a run folder that was moved takes its data along
    const places = [
      ...(isAbsolute(path) ? [path] : folders.map((folder) => join(folder, path))),
      ...(inData === undefined ? [] : roots.map((root) => join(root, "data", inData))),
    ];
    const place = places.find((one) => existsSync(one) && statSync(one).isFile());
    if (place === undefined || statSync(place).size > Math.min(MOST_BYTES, left)) return null;
    const bytes = readFileSync(place);
    const type = pictureType(bytes);
    if (type === null) return null;
    left -= bytes.length;
    return `data:${type};base64,${bytes.toString("base64")}`;
  };
  return (path) => {
    if (!seen.has(path)) seen.set(path, read(path));
    return seen.get(path)!;
  };
}

/** By the first bytes: what a sample names need not be a picture, and nothing else gets into the page. */
function pictureType(bytes: Buffer): string | null {
  const starts = (text: string, at = 0) => bytes.subarray(at, at + text.length).equals(Buffer.from(text, "latin1"));
  if (starts("\x89PNG\r\n\x1a\n")) return "image/png";
  if (starts("\xff\xd8\xff")) return "image/jpeg";
  if (starts("GIF8")) return "image/gif";
  return starts("RIFF") && starts("WEBP", 8) ? "image/webp" : null;
}
