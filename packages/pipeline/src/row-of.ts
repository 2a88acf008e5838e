import type { ItemOutline } from "@rewardlab/core";
import { existsSync } from "node:fs";
import { isAbsolute, relative } from "node:path";

/**
 * An item as a line of a dataset's JSONL file in `folder`, which `jsonl` reads (`otherFields: keep`) and later stages take for the item at `place`. `found`: what else
 * is known of it.
 */
export function rowOf(item: ItemOutline, place: number, folder: string, found: Readonly<Record<string, unknown>>): object {
  const { id, images, question, responses, preferred, thought, targets, kind, answer, group } = item;
  const pictureFrom = (path: string) => (isAbsolute(path) && existsSync(path) ? relative(folder, path) : path);
  return {
    id,
    images: images.map(({ path }) => pictureFrom(path)),
    question,
    responses,
    preferred,
    ...(thought === undefined ? {} : { thought }),
    ...(targets === undefined ? {} : { targets }),
    ...(kind === undefined ? {} : { kind }),
    ...(answer === undefined ? {} : { answer }),
    ...(group === undefined ? {} : { group }),
    ...item.extra,
    ...found,
    place,
  };
}
