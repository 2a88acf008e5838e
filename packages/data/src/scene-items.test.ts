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
  const lines: Record<string, number[]> = {
    "top row": [0, 1, 2],
    "middle row": [3, 4, 5],
    "bottom row": [6, 7, 8],
    "left column": [0, 3, 6],
    "middle column": [1, 4, 7],
    "right column": [2, 5, 8],
  };
  const steps: Record<string, number> = { left: -1, right: 1, above: -3, below: 3 };
  const answers: Record<SceneKind, (item: SceneItem, words: string[]) => string | undefined> = {
    count: (item, [, , colour]) => ["one", "two", "three", "four", "five"][count(item, colour!) - 1],
    colour: (item, words) => at(item, words[6]!)?.colour,
    shape: (item, words) => at(item, words[4]!)?.shape,
    existence: (item, [, , , shape, , , side, line]) => {
      const found = lines[`${side} ${line}`]!.filter((place) => item.scene[place]?.shape === shape).length;
      return found === 0 ? "no" : found === 1 ? "yes" : undefined;
    },
    relation: (item, words) => {
      const place = places.indexOf(words.at(-2) as (typeof places)[number]);
      const neighbour = place + steps[words[5]!]!;
      // A step to the side stays in the row.
      if (Math.abs(steps[words[5]!]!) === 1) assert.is(Math.floor(neighbour / 3), Math.floor(place / 3), item.question);
      assert.ok(item.scene[place], "something stands at the place named");
      return item.scene[neighbour]?.colour;
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
    "a word's favourite: red, circle, three, yes": ({ responses }) =>
      ["red", "circle", "three", "yes"].includes(responses[0]) || !["red", "circle", "three", "yes"].includes(responses[1]),
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

test("scene-items: existence: that the shape is somewhere in the picture tells nothing new, elsewhere it is as often either way", () => {
  const existence = items(4000, 3, ["existence"]);
  const elsewhere = (item: SceneItem) => {
    const shape = item.question.split(" ")[3];
    const all = item.scene.filter((object) => object?.shape === shape).length;
    return all - (item.answer === "yes" ? 1 : 0) > 0;
  };
  const found = existence.filter(elsewhere);
  assert.ok(found.length > 2000, `${found.length} of 4000 have the shape elsewhere`);
  assertEven(found.filter(({ answer }) => answer === "yes").length, found.length, "the shape is elsewhere");
});

test("scene-items: thoughts are true of the scene, and conclude for the better response", () => {
  for (const item of many) {
    const { scene, evidence } = item;
    assert.is(thoughtFor(item, item.preferred), `${evidence} so ${item.answer} response-${item.preferred} is better`);
    if (item.kind === "count" || item.kind === "comparison") {
      assert.equal(
        evidence.split(" "),
        scene.map((object) => object?.colour ?? "none"),
      );
      continue;
    }
    const told = [...evidence.matchAll(/([abc][123]) (\w+)/g)];
    assert.is(told.length, item.kind === "existence" ? 3 : 1);
    for (const [, place, word] of told) {
      const object = scene[places.indexOf(place as (typeof places)[number])];
      const seen = item.kind === "colour" || item.kind === "relation" ? object?.colour : object?.shape;
      assert.is(word, seen ?? "none", evidence);
    }
  }
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
    const [, claim, stated] = /so (\w+) response-([12]) is better$/.exec(thought)!;
    assert.is(item.responses[Number(stated) - 1], claim);
    if (["colour", "shape", "relation"].includes(item.kind)) assert.match(thought, `${claim} so ${claim}`);
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
    assert.ok(question.length <= 10, item.question);
    assert.ok(thought.length <= 14, thought.join(" "));
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
