import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "@rewardlab/statistics/random";
import { RandomStreams } from "./random.ts";

test("random streams: one by each name, of the seed and the stage, which goes on where it was", () => {
  const streams = new RandomStreams(3, "rl");
  const alone = randomStream("3/rl", "rollout");
  assert.is(streams.stream("rollout").uniform(), alone.uniform());
  assert.is(streams.stream("rollout").uniform(), alone.uniform(), "the same stream, not one from the start again");
  assert.is(streams.stream("rollout"), streams.stream("rollout"));
  assert.is.not(new RandomStreams(3, "rl").stream("other").uniform(), new RandomStreams(3, "rl").stream("rollout").uniform());
});

test("random streams: saved and restored, those that are held already go on too", () => {
  const streams = new RandomStreams(1, "rl");
  streams.stream("a").uniform();
  streams.stream("b").uniform();
  const saved = JSON.parse(JSON.stringify(streams.save())) as ReturnType<RandomStreams["save"]>;
  assert.equal(Object.keys(saved), ["a", "b"]);
  const next = [streams.stream("a").uniform(), streams.stream("b").uniform()];

  const again = new RandomStreams(1, "rl");
  const held = again.stream("a");
  held.uniform();
  held.uniform();
  again.restore(saved);
  assert.equal([held.uniform(), again.stream("b").uniform()], next);
});

test.run();
