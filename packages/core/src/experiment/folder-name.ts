import { sha256 } from "@rewardlab/storage";

/** No file system takes a name of more than 255 bytes; a folder's name is to be read as well. */
const LONGEST = 100; // bytes

/**
 * A cell's name as a folder's: what file systems dislike becomes _, and a long one is cut. A name that had to be changed ends with a hash of
 * what it was, so that no two names share a folder, whichever other cells there are.
 */
export function folderName(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N} ._+=,()[\]-]/gu, "_").replace(/^[. ]+|[. ]+$/g, "_");
  if (safe === name && Buffer.byteLength(name) <= LONGEST && !reserved.test(name)) return name;
  const mark = `-${sha256(name).slice(0, 8)}`;
  let cut = "";
  for (const character of safe) {
    if (Buffer.byteLength(cut + character) > LONGEST - mark.length) break;
    cut += character;
  }
  return `${cut || "_"}${mark}`;
}

/** What lies beside the cells' folders. */
const reserved = /^(|artefacts|data|.*\.(json|html|md|csv|tex))$/i;
