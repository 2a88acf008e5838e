// A sound model behind a service, and the same with one mistake each.

import { createPart, fakeRemote, fakeService } from "@rewardlab/core/testing";
import type { FakeRemote } from "@rewardlab/core/testing";
import { InputError, model } from "@rewardlab/core";
import type { HostResponses, Model, RemoteModel } from "@rewardlab/core";
import models from "@rewardlab/models";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { componentConformance } from "./index.ts";
import { breaches, expectBroken } from "./testing/breaches.ts";

const tiny = models.components!.find(({ kind, name }) => kind === "model" && name === "tiny-vlm")!;
const small = { width: 8, heads: 2, kvHeads: 1, hiddenSize: 8, layers: 1, imageSize: 8, patchSize: 4 };

/** The sound model with something put in its place. Its parts share a service, as those of a run's lives do. */
function checksOf(change: (one: FakeRemote) => object) {
  const service = fakeService();
  const far = model({
    name: "wrong",
    summary: "has one mistake",
    options: z.strictObject({}),
    weightsAt: () => "in this process",
    create: () => {
      const one = fakeRemote(createPart(tiny, small).part as Model, service);
      return { ...one, ...change(one) } as RemoteModel;
    },
  });
  return componentConformance(far);
}
const failedBy = (change: (one: FakeRemote) => object) => breaches(checksOf(change));
const failedIn = (law: string, change: (one: FakeRemote) => object) =>
  breaches(checksOf(change).filter((check) => check.law === law));

test("remote model: without a mistake, with adamw alone, without a norm and without drop", async () => {
  assert.equal([...(await failedBy(() => ({}))).values()], []);
  const less = (one: FakeRemote) => ({
    optimizers: ["adamw"],
    drop: undefined,
    step: async (options: Parameters<RemoteModel["step"]>[0]) => {
      if (options.optimizer.name !== "adamw") throw new InputError("RL_X", "adamw alone");
      await one.step(options);
      return { gradientNorm: null };
    },
  });
  assert.equal([...(await failedBy(less)).keys()], []);
});

test("remote model: it is held to other laws than one that is here", () => {
  const laws = new Set(checksOf(() => ({})).map(({ law }) => law));
  assert.ok(laws.has("gradients add up, micro-batch by micro-batch"));
  assert.not(laws.has("its gradient is the derivative of its log-probabilities"));
});

const down = "a step goes down the gradient of Σ dLogProbs · logProbs, by as much as it says";
type Backward = RemoteModel["backward"];
const backward =
  (change: (d: Float32Array, responses: HostResponses) => Float32Array) =>
  (one: FakeRemote): object => ({
    backward: ((prompts, responses, temperature, d) =>
      one.backward(prompts, responses, temperature, change(d, responses))) satisfies Backward,
  });

test("remote model: takes the derivative for an advantage; divides it by its tokens", async () => {
  expectBroken(
    await failedIn(
      down,
      backward((d) => d.map((value) => -value)),
    ),
    {
      [down]: /the sum changed by [\d.e-]+\n[^]*expected: less than 0[^]*its sign is the other one/,
    },
  );
  expectBroken(
    await failedIn(
      down,
      backward((d, { mask }) => d.map((value) => value / mask.filter(Boolean).length)),
    ),
    {
      [down]: /expected: about -[\d.]+, −η‖g‖²[^]*divides by tokens or sequences/,
    },
  );
});

test("remote model: a later gradient takes the place of an earlier one; one is still there after going back", async () => {
  const last = (one: FakeRemote): object => ({
    backward: async (...given: Parameters<Backward>) => {
      await one.goBack(await one.keep("now"), "as it was"); // which takes the gradient away
      await one.backward(...given);
    },
  });
  const adds = "gradients add up, micro-batch by micro-batch";
  const back = "going back takes the weights, the optimizer and the gradient back";
  expectBroken(await failedIn(adds, last), {
    [adds]: /in 3 calls of backward: number \d+ is another[^]*replaces the earlier one/,
  });
  const stays = (one: FakeRemote): object => {
    const pending: Parameters<Backward>[] = [];
    return {
      backward: async (...given: Parameters<Backward>) => void pending.push(given),
      step: async (options: Parameters<RemoteModel["step"]>[0]) => {
        for (const given of pending.splice(0)) await one.backward(...given);
        return one.step(options);
      },
    };
  };
  expectBroken(await failedIn(back, stays), {
    [back]: /the gradient of what was broken off|The gradient of what was broken off/,
  });
});

test("remote model: keeps in this process alone; reads another policy than was asked for; draws by itself", async () => {
  const kept = "what it keeps is plain data, to which another life goes back";
  const forgets = (one: FakeRemote): object => {
    const mine = new Set<unknown>();
    return {
      keep: async (name: string) => {
        const made = await one.keep(name);
        mine.add(made["name"]);
        return made;
      },
      goBack: async (given: Readonly<Record<string, unknown>>, how: "as it was" | "anew") => {
        if (!mine.has(given["name"])) throw new InputError("RL_X", "keeps no such policy");
        await one.goBack(given, how);
      },
    };
  };
  expectBroken(await failedIn(kept, forgets), { [kept]: /it threw: keeps no such policy/ });
  const deaf = (one: FakeRemote): object => ({
    logProbs: ((prompts, responses, temperature) =>
      one.logProbs(prompts, responses, temperature, null)) satisfies RemoteModel["logProbs"],
  });
  expectBroken(await failedIn(kept, deaf), { [kept]: /logProbs of what was kept, after a further step: number \d+ is another/ });
  const samples = "same policy, same stream, same samples";
  let seed = 0;
  const own = (one: FakeRemote): object => ({
    generate: ((prompts, options) => {
      options.random.uniform();
      for (let skipped = 0; skipped < seed; skipped++) options.random.uniform();
      seed += 1;
      return one.generate(prompts, options);
    }) satisfies RemoteModel["generate"],
  });
  expectBroken(await failedIn(samples, own), { [samples]: /generate samples otherwise/ });
});

test("remote model: ignores the clip, an unknown optimizer, the temperature; drops another one", async () => {
  const told = "an optimizer that it doesn't know, and a clip that it can't make, are refused";
  const step = (change: (options: Parameters<RemoteModel["step"]>[0]) => object) => (one: FakeRemote) => ({
    step: (options: Parameters<RemoteModel["step"]>[0]) => one.step({ ...options, ...change(options) }),
  });
  expectBroken(
    await failedIn(
      told,
      step(() => ({ gradientClip: null, optimizer: { name: "sgd", options: {} } })),
    ),
    {
      [told]: /it made a step with the optimizer an-optimizer-that-is-not-there/,
    },
  );
  const known = step(({ optimizer }) => {
    if (optimizer.name !== "sgd" && optimizer.name !== "adamw") throw new InputError("RL_X", "unknown");
    return { gradientClip: null };
  });
  expectBroken(await failedIn(told, known), {
    [told]: /a step is 1\.?0* ?\d* of the unclipped one|a step is 0\.99\d of the unclipped/,
  });
  const drops = "what it drops, if it drops, is gone, and what else it keeps is not";
  expectBroken(await failedIn(drops, () => ({ drop: async () => {} })), { [drops]: /it went back to what was dropped/ });
});

test("remote model: has what needs the weights here", async () => {
  const failed = await failedBy(() => ({ exportTo: async () => {} }));
  for (const message of failed.values()) assert.match(message, /model wrong: is remote \(in this process\) and has exportTo/);
  assert.ok(failed.size > 5);
});

test.run();
