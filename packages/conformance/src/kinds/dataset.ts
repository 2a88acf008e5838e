import { createHash } from "node:crypto";
import type { PreferenceItem } from "@rewardlab/core";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import type { Subject } from "./subject.ts";

type DatasetLaw = Law<Subject<"dataset">>;

const splitsAreNamed: DatasetLaw = {
  name: "names its splits, and refuses another",
  check: async ({ create }) => {
    const { part } = create();
    const { splits } = part;
    if (
      splits.length === 0 ||
      new Set(splits).size !== splits.length ||
      splits.some((split) => typeof split !== "string" || split === "")
    )
      broken({ what: `its splits are ${JSON.stringify(splits)}`, expected: "names, each once, at least one" });
    const unknown = "no-such-split";
    const given = await Promise.resolve()
      .then(() => part.load(unknown))
      .catch(() => undefined);
    if (given !== undefined)
      broken({
        what: `load("${unknown}") gave ${given.length} items`,
        expected: "an InputError that names the splits there are",
        likely: "A misspelt split in an experiment must be told, not trained on",
      });
  },
};

const itemsAreSound: DatasetLaw = {
  name: "its items are well-formed",
  check: async ({ create }) => {
    const { part } = create();
    for (const split of part.splits) {
      const items = await part.load(split);
      if (items.length === 0) broken({ what: `split ${split} is empty`, expected: "at least one item" });
      items.forEach((item, index) => {
        const wrong = faultOf(item);
        if (wrong) broken({ what: `item ${index} of split ${split} (${JSON.stringify(item.id)}): ${wrong}` });
      });
      const seen = new Set<string>();
      const twice = items.find(({ id }) => seen.size === seen.add(id).size)?.id;
      if (twice !== undefined)
        broken({
          what: `two items of split ${split} are called ${JSON.stringify(twice)}`,
          expected: "an id of its own for each",
        });
    }
  },
};

/** What is wrong with an item; undefined where nothing is. */
function faultOf({ id, images, question, responses, preferred, thought, targets }: PreferenceItem): string | undefined {
  if (typeof id !== "string" || id === "") return "id is no text, or empty";
  if (typeof question !== "string" || question === "") return "question is no text, or empty";
  if (!Array.isArray(responses) || responses.length !== 2 || !responses.every((text) => typeof text === "string"))
    return `responses is ${JSON.stringify(responses)}, expected two texts`;
  if (preferred !== 1 && preferred !== 2) return `preferred is ${JSON.stringify(preferred)}, expected 1 or 2`;
  if (!Array.isArray(images)) return "images is no list";
  for (const [index, { path, pixels }] of images.entries()) {
    if (typeof path !== "string" || path === "") return `images[${index}].path is no text, or empty`;
    const { width, height, data } = pixels;
    if (!(Number.isInteger(width) && width > 0 && Number.isInteger(height) && height > 0))
      return `images[${index}] is ${width} × ${height} pixels`;
    if (!(data instanceof Uint8Array) || data.length !== width * height * 3)
      return `images[${index}] has ${data?.length} bytes, expected a Uint8Array of ${width} · ${height} · 3 (RGB, without alpha)`;
  }
  if (thought !== undefined && typeof thought !== "string") return "thought is no text";
  for (const [name, target] of Object.entries(targets ?? {}))
    if (typeof target !== "string" && !(typeof target.question === "string" && typeof target.response === "string"))
      return `targets.${name} is neither a text nor { question, response }`;
  return undefined;
}

const sameAgain: DatasetLaw = {
  name: "a second load, and a part created anew, have the same hash and the same items",
  check: async ({ create }) => {
    const { part } = create();
    const hash = part.hash;
    if (typeof hash !== "string" || hash === "")
      broken({ what: `its hash is ${JSON.stringify(hash)}`, expected: "a text that stands for all the items" });
    const anew = create().part;
    for (const split of part.splits) {
      const text = textOf(await part.load(split));
      for (const [who, again] of [
        ["a second load", part],
        ["a part created anew", anew],
      ] as const) {
        const other = textOf(await again.load(split));
        const index = text.findIndex((one, at) => one !== other[at]);
        if (index !== -1 || other.length !== text.length)
          broken({
            what: `${who} gives other items in split ${split}, from item ${index === -1 ? text.length : index} on`,
            expected: text[index]?.slice(0, 300) ?? `${text.length} items`,
            came: other[index]?.slice(0, 300) ?? `${other.length} items`,
            likely:
              "Items are drawn from a seed among the options (randomStream), never by Math.random or from the clock; files are read in a fixed order",
          });
      }
    }
    if (part.hash !== hash || anew.hash !== hash)
      broken({
        what: "its hash changes with loading, or from one part to the next",
        expected: hash,
        came: part.hash === hash ? anew.hash : part.hash,
        likely:
          "A hash is of the contents alone: no time, no path of this machine, no random number. Runs find their artefacts by it",
      });
  },
};

function textOf(items: readonly PreferenceItem[]): string[] {
  return items.map((item) =>
    JSON.stringify(item, (_key, value: unknown) =>
      value instanceof Uint8Array ? createHash("sha256").update(value).digest("hex") : value,
    ),
  );
}

export const datasetLaws: readonly DatasetLaw[] = [splitsAreNamed, itemsAreSound, sameAgain];
