import { randomStream } from "@rewardlab/core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { eventIndex, killPoints } from "./kill-points.ts";
import type { Timeline } from "./kill-points.ts";

/** 1 s to start, pictures for 3 s, a cold start of 0.4 s, RL of 2 s, an evaluation of 0.1 s. */
const timeline: Timeline = {
  events: [
    { what: "pictures", done: 9, total: 9, at: 1000 },
    { what: "coldStart", done: 1, total: 2, at: 4000 },
    { what: "coldStart", done: 2, total: 2, at: 4200 },
    { what: "rl", done: 1, total: 2, at: 4400 },
    { what: "rl", done: 2, total: 2, at: 5400 },
    { what: "evaluate", done: 8, total: 8, at: 6400 },
  ],
  end: 6500,
};
const stages = ["coldStart", "rl", "evaluate"];
const counts = (kills: number, seed = 1) => {
  const points = killPoints(timeline, stages, kills, randomStream(seed, "kills"));
  const places = points.map(({ after }) => timeline.events[after]?.what ?? "start");
  return Object.fromEntries([...new Set(places)].map((place) => [place, places.filter((one) => one === place).length]));
};

test("killPoints: one kill falls in the longest stage, three in each stage, five also before them, ten twice", () => {
  assert.equal(counts(1), { rl: 1 });
  assert.equal(counts(3), { coldStart: 1, rl: 1, evaluate: 1 });
  assert.equal(counts(5), { start: 1, pictures: 1, coldStart: 1, rl: 1, evaluate: 1 });
  assert.equal(counts(10), { start: 2, pictures: 2, coldStart: 2, rl: 2, evaluate: 2 });
});

test("killPoints: in the run's order, each within its stretch; the same for a seed, others for another", () => {
  const points = killPoints(timeline, stages, 40, randomStream(1, "kills"));
  const times = points.map(({ after, wait }) => (timeline.events[after]?.at ?? 0) + wait);
  assert.equal(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert.ok(times.every((at) => at >= 0 && at < timeline.end));
  for (const { after, wait } of points) assert.ok(wait >= 0 && wait < (timeline.events[after + 1]?.at ?? timeline.end));
  assert.ok(points.some(({ after }) => after === 3) && points.some(({ after }) => after === 4), "both iterations");
  assert.equal(killPoints(timeline, stages, 40, randomStream(1, "kills")), points);
  assert.not.equal(killPoints(timeline, stages, 40, randomStream(2, "kills")), points);
});

test("killPoints: a run that told nothing is killed from its start on", () => {
  const [point] = killPoints({ events: [], end: 500 }, [], 1, randomStream(1, "kills"));
  assert.is(point!.after, -1);
  assert.ok(point!.wait < 500);
});

test("eventIndex: where a resumed run is", () => {
  assert.equal([eventIndex(timeline, "rl", 2), eventIndex(timeline, "rl", 0), eventIndex(timeline, "other", 1)], [4, -1, -1]);
});

test.run();
