import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/core";
import {
  captionOf,
  kinds,
  places,
  sceneItem,
  thoughtFor,
  vocabulary,
  withSlips,
  type SceneItem,
  type SceneKind,
} from "./scene-items.ts";

function items(count: number, seed = 1, among: readonly SceneKind[] = kinds): SceneItem[] {
  const random = randomStream(seed, "items");
  return Array.from({ length: count }, (_, index) => sceneItem(index, among, random));
}
const many = items(5040); // 210 rounds of 24
function perKind(of: readonly SceneItem[] = many) {
  return kinds.map((kind) => [kind, of.filter((item) => item.kind === kind)] as const);
}
/** The share of `right` among n even coins lies within ½ ± 4·√(¼/n), but for one time in 16,000. */
function assertEven(right: number, n: number, what: string): void {
  assert.ok(n >= 100, `${what}: only ${n} items`);
  assert.ok(Math.abs(right / n - 0.5) < 4 * Math.sqrt(0.25 / n), `${what}: ${((100 * right) / n).toFixed(1)} % of ${n}`);
}
const numberOf = (word: string) => ["zero", "one", "two", "three", "four", "five"].indexOf(word);

test("scene-items: the answer is true of the scene, worked out anew", () => {
  const at = (item: SceneItem, name: string) => item.scene[places.indexOf(name as (typeof places)[number])];
  const count = (item: SceneItem, word: string) => item.scene.filter((object) => object?.colour === word).length;
  const find = (item: SceneItem, colour: string, shape: string) => {
    const found = item.scene.flatMap((object, place) => (object?.colour === colour && object.shape === shape ? [place] : []));
    assert.ok(found.length <= 1, `${item.question} is ambiguous`);
    return found[0];
  };
  const answers: Record<SceneKind, (item: SceneItem, words: string[]) => string | undefined> = {
    count: (item, [, , colour]) => ["one", "two", "three", "four", "five"][count(item, colour!) - 1],
    colour: (item, words) => at(item, words[6]!)?.colour,
    shape: (item, words) => at(item, words[4]!)?.shape,
    existence: (item, [, , , colour, shape]) => (find(item, colour!, shape!) === undefined ? "no" : "yes"),
    relation: (item, words) => {
      const [one, two] = [find(item, words[2]!, words[3]!)!, find(item, words.at(-3)!, words.at(-2)!)!];
      if (words[4] === "left") return one % 3 < two % 3 ? "left" : one % 3 > two % 3 ? "right" : undefined;
      return Math.floor(one / 3) < Math.floor(two / 3)
        ? "above"
        : Math.floor(one / 3) > Math.floor(two / 3)
          ? "below"
          : undefined;
    },
    comparison: (item, words) => {
      const [one, two] = [words[3]!, words[7]!];
      return count(item, one) > count(item, two) ? one : count(item, one) < count(item, two) ? two : undefined;
    },
  };
  for (const item of many) {
    assert.is(answers[item.kind](item, item.question.split(" ")), item.answer, item.question);
    assert.is(item.responses[item.preferred - 1], item.answer);
    assert.is.not(item.responses[0], item.responses[1]);
  }
});

test("scene-items: every 24 items hold each kind, order and truth once", () => {
  for (let from = 0; from < many.length; from += 24) {
    const round = many.slice(from, from + 24);
    for (const [kind, four] of perKind(round)) {
      assert.is(four.length, 4, kind);
      assert.is(four.filter(({ preferred }) => preferred === 1).length, 2);
      if (kind === "existence") assert.is(four.filter(({ answer }) => answer === "yes").length, 2);
    }
  }
});

test("scene-items: simple priors are coin tosses, in every kind", () => {
  const priors: Record<string, (item: SceneItem) => boolean> = {
    "always 1": () => true,
    "first in the alphabet": ({ responses }) => responses[0] < responses[1],
    "the shorter word": ({ responses }) => responses[0].length < responses[1].length,
    "first mentioned in the question": ({ question, responses }) => {
      const [one, two] = responses.map((word) => `${question} ${responses.join(" ")}`.indexOf(word));
      return one! < two!;
    },
    "a word's favourite: red, circle, three, yes, left, above": ({ responses }) =>
      ["red", "circle", "three", "yes", "left", "above"].includes(responses[0]) ||
      !["red", "circle", "three", "yes", "left", "above"].includes(responses[1]),
    "the larger number": ({ responses }) => numberOf(responses[0]) > numberOf(responses[1]),
    "the number nearer the objects' count": ({ responses, scene }) => {
      const objects = scene.filter((object) => object !== null).length;
      return Math.abs(objects / 4 - numberOf(responses[0])) < Math.abs(objects / 4 - numberOf(responses[1]));
    },
  };
  for (const [name, choosesFirst] of Object.entries(priors))
    for (const [kind, of] of perKind())
      assertEven(of.filter((item) => choosesFirst(item) === (item.preferred === 1)).length, of.length, `${name}, ${kind}`);
});

test("scene-items: a table learned from 20,000 others tells nothing, of the text nor of the number of objects", () => {
  const texts = {
    text: (item: SceneItem) => `${item.question} ${item.responses.join(" ")}`,
    words: (item: SceneItem) => `${item.kind} ${item.responses.join(" ")}`,
  };
  const objects = (item: SceneItem) =>
    `${item.kind} ${item.responses.join(" ")} ${item.scene.filter((object) => object !== null).length}`;
  for (const [name, key] of Object.entries({ ...texts, objects })) {
    const votes = new Map<string, number>();
    for (const item of items(20_000, 2)) votes.set(key(item), (votes.get(key(item)) ?? 0) + (item.preferred === 1 ? 1 : -1));
    const seen = many.filter((item) => votes.has(key(item)));
    assertEven(seen.filter((item) => votes.get(key(item))! > 0 === (item.preferred === 1)).length, seen.length, name);
  }
});

test("scene-items: existence needs both: the colour alone and the shape alone are always there", () => {
  for (const { question, scene } of items(960, 3, ["existence"])) {
    const [, , , colour, shape] = question.split(" ");
    assert.ok(scene.some((object) => object?.colour === colour && object?.shape !== shape));
    assert.ok(scene.some((object) => object?.colour !== colour && object?.shape === shape));
  }
});

test("scene-items: thoughts name what is in the scene", () => {
  for (const item of many) {
    const thought = thoughtFor(item, item.preferred);
    assert.match(thought, new RegExp(` so ${item.answer} response ${item.preferred} is better$`));
    for (const [, place, colour, shape] of item.evidence.matchAll(
      /([abc][123]) (red|green|blue|yellow)? ?(circle|cross|triangle)?/g,
    )) {
      const object = item.scene[places.indexOf(place as (typeof places)[number])];
      assert.ok(object, `${item.evidence}: nothing at ${place}`);
      if (item.kind === "colour") assert.is(object.colour, colour);
      if (item.kind === "shape") assert.is(object.shape, shape);
    }
  }
  // By hand: yellow shapes counted in reading order.
  const [first] = items(1, 1, ["count"]);
  const colour = first!.question.split(" ")[2];
  assert.is(first!.evidence, [colour, ...places.filter((_, place) => first!.scene[place]?.colour === colour)].join(" "));
});

test("scene-items: captions are true and tell six places", () => {
  const random = randomStream(1, "captions");
  for (const { scene } of many.slice(0, 500)) {
    const told = [...captionOf(scene, random).matchAll(/([abc][123]) (?:none|(\w+) (\w+))/g)];
    assert.is(new Set(told.map(([, place]) => place)).size, 6);
    for (const [, place, colour, shape] of told) {
      const object = scene[places.indexOf(place as (typeof places)[number])]!;
      assert.equal(object, colour === undefined ? null : { colour, shape });
    }
  }
});

test("scene-items: slips come as often as asked, and never turn a thought into nonsense", () => {
  const random = randomStream(1, "slips");
  let misseen = 0;
  let contradicts = 0;
  for (const item of many) {
    const { thought, answer } = withSlips(item, { misseen: 0.25, contradicts: 0.1 }, random);
    const [, claim, stated] = /so (\w+) response ([12]) is better$/.exec(thought)!;
    assert.is(item.responses[Number(stated) - 1], claim);
    if (item.kind === "colour" || item.kind === "shape") assert.match(thought, `${claim} so ${claim}`);
    misseen += Number(stated) === item.preferred ? 0 : 1;
    contradicts += Number(stated) === answer ? 0 : 1;
  }
  // Standard errors √(p·(1−p)/5040): 0.6 and 0.4 points.
  assert.ok(Math.abs(misseen / many.length - 0.25) < 0.025, `misseen ${misseen / many.length}`);
  assert.ok(Math.abs(contradicts / many.length - 0.1) < 0.017, `contradicts ${contradicts / many.length}`);
  const exact = withSlips(many[0]!, { misseen: 0, contradicts: 0 }, random);
  assert.equal(exact, { thought: thoughtFor(many[0]!, many[0]!.preferred), answer: many[0]!.preferred });
});

test("scene-items: every word is in the vocabulary, and texts have a known length", () => {
  const known = new Set(vocabulary);
  const random = randomStream(1, "captions");
  assert.is(known.size, vocabulary.length, "each word once");
  for (const item of many) {
    const question = item.question.split(" ");
    const thought = thoughtFor(item, item.preferred).split(" ");
    const caption = captionOf(item.scene, random).split(" ");
    for (const word of [...question, ...item.responses, ...thought, ...caption]) assert.ok(known.has(word), word);
    assert.ok(question.length <= 12, item.question);
    assert.ok(thought.length <= 17, thought.join(" "));
    assert.ok(caption.length <= 18);
  }
});

test("scene-items: a subset of kinds keeps the balance", () => {
  const some = items(16, 1, ["colour", "relation"]);
  assert.equal(
    some.map(({ kind }) => kind),
    Array.from({ length: 8 }, () => ["colour", "relation"]).flat(),
  );
  assert.is(some.filter(({ preferred }) => preferred === 1).length, 8);
});

test.run();
