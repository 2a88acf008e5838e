import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const BLOCK = 512;

/** The files of an npm tarball by their path below `package/`, in order. Throws where it isn't one. */
export function filesOfTarball(file: string): Map<string, Buffer> {
  const bytes = gunzipSync(readFileSync(file));
  const files = new Map<string, Buffer>();
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0;) {
    const text = (from: number, length: number) => bytes.toString("utf8", at + from, at + from + length).replace(/\0.*$/s, "");
    const size = Number.parseInt(text(124, 12), 8); // POSIX ustar: name 0, size 124, type 156, prefix 345
    const path = [text(345, 155), text(0, 100)].filter((part) => part !== "").join("/");
    const type = text(156, 1);
    if (type !== "0" && type !== "") throw new Error(`${file}: ${path} has type ${type}, only plain files were expected`);
    if (!path.startsWith("package/")) throw new Error(`${file}: ${path}, expected a path below package/`);
    files.set(path.slice("package/".length), bytes.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
