import { createHash } from "node:crypto";
import { outlineOf } from "@rewardlab/core";
import type { ItemOutline, PreferenceItem, Split } from "@rewardlab/core";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";
import type { Subject } from "../subject.ts";

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
      .then(() => part.open(unknown))
      .catch(() => undefined);
    if (given !== undefined)
      broken({
        what: `open("${unknown}") gave ${given.length} items`,
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
      const { length, item } = await part.open(split);
      if (!Number.isInteger(length) || length < 1)
        broken({ what: `split ${split} is ${length === 0 ? "empty" : `of length ${length}`}`, expected: "at least one item" });
      const placeOf = new Map<string, number>();
      for (let index = 0; index < length; index++) {
        const here = await item(index);
        const wrong = faultOf(here);
        if (wrong) broken({ what: `item ${index} of split ${split} (${JSON.stringify(here.id)}): ${wrong}` });
        if (placeOf.has(here.id))
          broken({
            what: `two items of split ${split} are called ${JSON.stringify(here.id)}`,
            expected: "an id of its own for each",
          });
        placeOf.set(here.id, index);
      }
    }
  },
};

const byPlace: DatasetLaw = {
  name: "an item is the same in any order and again, its outline is the item without pixels, and no other place has one",
  check: async ({ create }) => {
    const { part } = create();
    for (const split of part.splits) {
      const { length, item, outline } = await part.open(split);
      const there = Array.from({ length }, (_, index) => index);
      const first: string[] = [];
      for (const index of there) first.push(textOf(await item(index)));
      // backwards, and all at once
      for (const index of there.toReversed()) {
        const came = textOf(await item(index));
        if (came !== first[index])
          broken({
            what: `item(${index}) of split ${split} is another when it is asked for again`,
            expected: first[index]!.slice(0, 300),
            came: came.slice(0, 300),
            likely:
              "What an item is must depend on its place alone: not on what was asked for before, nor on a random stream that goes on",
          });
        const expected = textOf(inOrder(outlineOf(await item(index))));
        const outlined = textOf(inOrder(await outline(index)));
        if (outlined !== expected)
          broken({
            what: `outline(${index}) of split ${split} is not the item without its pixels`,
            expected: expected.slice(0, 300),
            came: outlined.slice(0, 300),
            likely: "outlineOf(item) makes one of an item; the fields must be the same, and the pictures' sizes",
          });
      }
      const together = await Promise.all(there.map(async (index) => textOf(await item(index))));
      const mixed = together.findIndex((text, index) => text !== first[index]);
      if (mixed !== -1)
        broken({
          what: `item(${mixed}) of split ${split} is another when all are asked for at once`,
          expected: first[mixed]!.slice(0, 300),
          came: together[mixed]!.slice(0, 300),
          likely: "Calls share something that each of them changes (a buffer, a position in a file)",
        });
      for (const index of [-1, length, 0.5])
        for (const [name, read] of [
          ["item", item],
          ["outline", outline],
        ] as const) {
          const given = await Promise.resolve()
            .then(() => read(index))
            .catch(() => undefined);
          if (given !== undefined)
            broken({
              what: `${name}(${index}) of split ${split} gave ${JSON.stringify(given.id)}`,
              expected: `an InputError: there are items 0 to ${length - 1}`,
              likely: "checkedIndex(index, length) refuses the others",
            });
        }
    }
  },
};

/** What is wrong with an item; undefined where nothing is. */
function faultOf({ id, images, question, responses, preferred, thought, targets }: PreferenceItem): string | undefined {
  if (typeof id !== "string" || id === "") return "id is no text, or empty";
  if (typeof question !== "string" || question === "") return "question is no text, or empty";
  if (!Array.isArray(responses) || responses.length !== 2 || !responses.every((text) => typeof text === "string"))
    return `responses is ${JSON.stringify(responses)}, expected two texts`;
  if (preferred !== 1 && preferred !== 2 && preferred !== "tie")
    return `preferred is ${JSON.stringify(preferred)}, expected 1 or 2, or "tie"`;
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
  name: "opened again, and created anew, it has the same hash and the same items",
  check: async ({ create }) => {
    const { part } = create();
    const hash = part.hash;
    if (typeof hash !== "string" || hash === "")
      broken({ what: `its hash is ${JSON.stringify(hash)}`, expected: "a text that stands for all the items" });
    const anew = create().part;
    for (const split of part.splits) {
      const text = await textsOf(await part.open(split));
      for (const [who, again] of [
        ["the split opened again", part],
        ["a part created anew", anew],
      ] as const) {
        const other = await textsOf(await again.open(split));
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
        what: "its hash changes with opening, or from one part to the next",
        expected: hash,
        came: part.hash === hash ? anew.hash : part.hash,
        likely:
          "A hash is of the contents alone: no time, no path of this machine, no random number. Runs find their artefacts by it",
      });
  },
};

async function textsOf({ length, item }: Split): Promise<string[]> {
  const texts: string[] = [];
  for (let index = 0; index < length; index++) texts.push(textOf(await item(index)));
  return texts;
}

/** The same with its fields in alphabetical order. */
function inOrder(item: ItemOutline): ItemOutline {
  const fields = Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(fields) as unknown as ItemOutline;
}

function textOf(item: ItemOutline): string {
  return JSON.stringify(item, (_key, value: unknown) =>
    value instanceof Uint8Array ? createHash("sha256").update(value).digest("hex") : value,
  );
}

export const datasetLaws: readonly DatasetLaw[] = [splitsAreNamed, itemsAreSound, byPlace, sameAgain];
