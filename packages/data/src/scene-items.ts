import type { RandomStream } from "@rewardlab/core";

/**
 * Questions about a 3×3 grid of coloured shapes, each with two one-word claims of which one is true.
 *
 * Places are named in reading order, the letter for the column and the digit for the row. The claims are drawn first, then which of them is to
 * be true, then a scene that makes it so: what the question and the claims look like tells nothing about the truth.
 */
export const colours = ["red", "orange", "yellow", "green"] as const;
export const shapes = ["circle", "cross", "triangle"] as const;
export const places = ["a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3"] as const;
export const kinds = ["count", "colour", "shape", "existence", "relation", "comparison"] as const;
const numbers = ["zero", "one", "two", "three", "four", "five"] as const;

export type SceneKind = (typeof kinds)[number];
type Colour = (typeof colours)[number];
type Shape = (typeof shapes)[number];
type Binary = 0 | 1;

export interface SceneObject {
  readonly colour: Colour;
  readonly shape: Shape;
}
/** What stands at each of the nine places. */
export type Scene = readonly (SceneObject | null)[];

export interface SceneItem {
  readonly kind: SceneKind;
  readonly scene: Scene;
  readonly question: string;
  readonly responses: readonly [string, string];
  readonly preferred: 1 | 2;
  /** The true claim. */
  readonly answer: string;
  /** What has to be seen to tell: the thought up to its conclusion. */
  readonly evidence: string;
}

const words =
  "yes no none left right above below more how many shapes are there ? what colour is the shape at a or of in top middle bottom row column describe picture so better";
/** Every word of questions, claims, thoughts and captions. */
export const vocabulary: readonly string[] = [
  ...[colours, shapes, places, numbers.slice(1)].flatMap((list: readonly string[]) => list),
  ...words.split(" "),
  "response-1",
  "response-2",
];

/**
 * Item `index` of a split. Kind, which claim is true and which comes first go round with the index, so that every 24 items of six kinds
 * (4 for one kind) hold each combination exactly once; all else is drawn.
 */
export function sceneItem(index: number, among: readonly SceneKind[], random: RandomStream): SceneItem {
  const kind = among[index % among.length]!;
  const round = Math.floor(index / among.length);
  const order = (round % 2) as Binary;
  const truth = (Math.floor(round / 2) % 2) as Binary;
  const { claims, ...drawn } = questions[kind](truth, random);
  const [first, second] = claims;
  const preferred = truth === order ? 1 : 2;
  return { kind, ...drawn, responses: order === 0 ? [first, second] : [second, first], preferred, answer: claims[truth] };
}

/** The thought that concludes for response `choice`. */
export function thoughtFor({ evidence, responses }: Pick<SceneItem, "evidence" | "responses">, choice: 1 | 2): string {
  return `${evidence} so ${responses[choice - 1]} response-${choice} is better`;
}

/** Six of the nine places in random order, and what stands there. */
export function captionOf(scene: Scene, random: RandomStream): string {
  const told = random.shuffle(places.map((_, place) => place)).slice(0, 6);
  return told.map((place) => `${places[place]} ${scene[place] ? named(scene[place]) : "none"}`).join(" ");
}

/**
 * A thought and an answer with slips, from which a cold start learns a policy that has room to improve: with probability `misseen` the thought
 * comes to the other claim (where the evidence is the claim itself, it is mis-seen too), with probability `contradicts` the answer is not the thought's.
 */
export function withSlips(
  item: SceneItem,
  slips: { readonly misseen: number; readonly contradicts: number },
  random: RandomStream,
): { thought: string; answer: 1 | 2 } {
  const misseen = random.uniform() < slips.misseen;
  const contradicts = random.uniform() < slips.contradicts;
  const choice = misseen ? other(item.preferred) : item.preferred;
  const claim = item.responses[choice - 1]!;
  const seesClaim = item.kind === "colour" || item.kind === "shape" || item.kind === "relation";
  const evidence = misseen && seesClaim ? item.evidence.replace(item.answer, claim) : item.evidence;
  return { thought: thoughtFor({ evidence, responses: item.responses }, choice), answer: contradicts ? other(choice) : choice };
}

// ---------------------------------------------------------------- the kinds

interface Question {
  readonly scene: Scene;
  readonly question: string;
  /** In an order of their own (that of the lists above), so that the truth is not in the order. */
  readonly claims: readonly [string, string];
  readonly evidence: string;
}

const questions: Readonly<Record<SceneKind, (truth: Binary, random: RandomStream) => Question>> = {
  count(truth, random) {
    const pair = pick(countPairs, random);
    const objects = 6 + random.below(3);
    const colour = pick(colours, random);
    const counted = repeat(pair[truth], () => ({ colour, shape: pick(shapes, random) }));
    const others = repeat(objects - pair[truth], () => objectNot((object) => object.colour === colour, random));
    const { scene } = placed([...counted, ...others], random);
    return {
      scene,
      question: `how many ${colour} shapes are there ?`,
      claims: [numbers[pair[0]]!, numbers[pair[1]]!],
      evidence: coloursOf(scene),
    };
  },

  colour(truth, random) {
    const claims = pairOf(colours, random);
    const target = { colour: claims[truth], shape: pick(shapes, random) };
    const { scene, at } = placed([target, ...repeat(2 + random.below(5), () => anyObject(random))], random);
    return { scene, question: `what colour is the shape at ${at[0]} ?`, claims, evidence: `${at[0]} ${target.colour}` };
  },

  shape(truth, random) {
    const claims = pairOf(shapes, random);
    const target = { colour: pick(colours, random), shape: claims[truth] };
    const { scene, at } = placed([target, ...repeat(2 + random.below(5), () => anyObject(random))], random);
    return { scene, question: `what shape is at ${at[0]} ?`, claims, evidence: `${at[0]} ${target.shape}` };
  },

  existence(truth, random) {
    const shape = pick(shapes, random);
    const isRow = random.below(2) === 0;
    const which = random.below(3);
    const line = [0, 1, 2].map((step) => (isRow ? which * 3 + step : which + step * 3));
    const order = anyOrder(random);
    const inside = order.filter((place) => line.includes(place)).slice(0, 2 + random.below(2));
    // The shape may be elsewhere, whatever the truth is.
    const outside = order.filter((place) => !line.includes(place)).slice(0, 3 + random.below(3));
    const others = inside.map(() => objectNot((object) => object.shape === shape, random));
    if (truth === 0) others[0] = { colour: others[0]!.colour, shape };
    const { scene } = placedAt([...inside, ...outside], [...others, ...outside.map(() => anyObject(random))]);
    const name = isRow ? `${["top", "middle", "bottom"][which]} row` : `${["left", "middle", "right"][which]} column`;
    return {
      scene,
      question: `is there a ${shape} in the ${name} ?`,
      claims: ["yes", "no"],
      evidence: line.map((place) => `${places[place]} ${scene[place]?.shape ?? "none"}`).join(" "),
    };
  },

  relation(truth, random) {
    const claims = pairOf(colours, random);
    const { direction, right, down } = pick(directions, random);
    const neighbourOf = (place: number) => {
      const [column, row] = [(place % 3) + right, Math.floor(place / 3) + down];
      return column >= 0 && column < 3 && row >= 0 && row < 3 ? row * 3 + column : null;
    };
    const anchor = anyOrder(random).find((place) => neighbourOf(place) !== null)!;
    const neighbour = neighbourOf(anchor)!;
    const rest = anyOrder(random).filter((place) => place !== anchor && place !== neighbour);
    const target = { colour: claims[truth], shape: pick(shapes, random) };
    // One at the anchor, two to five elsewhere.
    const others = repeat(1 + 2 + random.below(4), () => anyObject(random));
    const { scene } = placedAt([neighbour, anchor, ...rest], [target, ...others]);
    return {
      scene,
      question: `what colour is the shape ${direction} ${places[anchor]} ?`,
      claims,
      evidence: `${places[neighbour]} ${target.colour}`,
    };
  },

  comparison(truth, random) {
    const claims = pairOf(colours, random);
    const [fewer, more] = pick(comparedCounts, random);
    const compared = claims.flatMap((colour, index) =>
      repeat(index === truth ? more : fewer, () => ({ colour, shape: pick(shapes, random) })),
    );
    const others = repeat(random.below(3), () => objectNot((object) => claims.includes(object.colour), random));
    const { scene } = placed([...compared, ...others], random);
    const asked = random.shuffle(claims);
    return {
      scene,
      question: `are there more ${asked[0]} shapes or more ${asked[1]} shapes ?`,
      claims,
      evidence: coloursOf(scene),
    };
  },
};

const countPairs = [1, 2, 3, 4, 5].flatMap((low) =>
  [low + 1, low + 2].filter((high) => high <= 5).map((high) => [low, high] as const),
);
const directions = [
  { direction: "left of", right: -1, down: 0 },
  { direction: "right of", right: 1, down: 0 },
  { direction: "above", right: 0, down: -1 },
  { direction: "below", right: 0, down: 1 },
];
const comparedCounts = [
  [1, 2],
  [1, 3],
  [2, 3],
  [2, 4],
] as const;

// ---------------------------------------------------------------- objects and places

function placed(objects: readonly SceneObject[], random: RandomStream) {
  return placedAt(anyOrder(random), objects);
}

/** The scene with objects[i] at order[i], and the names of those places. */
function placedAt(order: readonly number[], objects: readonly SceneObject[]) {
  const scene: (SceneObject | null)[] = places.map(() => null);
  objects.forEach((object, index) => (scene[order[index]!] = object));
  return { scene, at: objects.map((_, index) => places[order[index]!]!) };
}

/** The colours at all nine places, in reading order. */
function coloursOf(scene: Scene): string {
  return scene.map((object) => object?.colour ?? "none").join(" ");
}

function anyOrder(random: RandomStream): number[] {
  return random.shuffle(places.map((_, place) => place));
}

function anyObject(random: RandomStream): SceneObject {
  return { colour: pick(colours, random), shape: pick(shapes, random) };
}

function objectNot(excluded: (object: SceneObject) => boolean, random: RandomStream): SceneObject {
  for (;;) {
    const object = anyObject(random);
    if (!excluded(object)) return object;
  }
}

function named({ colour, shape }: SceneObject): string {
  return `${colour} ${shape}`;
}

function other(choice: 1 | 2): 1 | 2 {
  return choice === 1 ? 2 : 1;
}

function pick<T>(values: readonly T[], random: RandomStream): T {
  return values[random.below(values.length)]!;
}

/** Two of the values, in the order in which the list has them. */
function pairOf<T>(values: readonly T[], random: RandomStream): readonly [T, T] {
  const [one, two] = random
    .shuffle(values.map((_, index) => index))
    .slice(0, 2)
    .sort((left, right) => left - right);
  return [values[one!]!, values[two!]!];
}

function repeat<T>(times: number, make: () => T): T[] {
  return Array.from({ length: times }, make);
}
