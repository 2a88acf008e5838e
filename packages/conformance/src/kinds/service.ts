import type { Service } from "@rewardlab/core";
import type { CreatedService } from "@rewardlab/core/testing";
import * as tf from "@tensorflow/tfjs-core";
import { setTimeout as sleep } from "node:timers/promises";
import { broken } from "../law.ts";
import type { Law } from "../law.ts";

/** A service with one set of its options, ready to be made as often as a law asks. */
export interface ServiceSubject {
  readonly service: Service;
  /** As the first component of a run that is injected it would have it made. */
  readonly create: () => CreatedService;
}

/** That it has its token's methods is looked at when it is made. */
const isMade: Law<ServiceSubject> = {
  name: "is what its token promises, made at once",
  check: async ({ create }) => void (await create().end()),
};

/** It may be made because a component was, and never be asked anything. */
const ends: Law<ServiceSubject> = {
  name: "ends without an error, though nothing was asked of it",
  check: async ({ create }) => {
    const wrong = await create().end();
    if (wrong.length > 0)
      broken({
        what: wrong.join("; "),
        expected: "that `dispose` of a service that was just made ends within 10 s, without an error",
        likely: "It ends what is opened at the first call, which may never come: ask whether it is there",
      });
  },
};

const isEachRuns: Law<ServiceSubject> = {
  name: "is another one in each run, where it is a run's",
  check: async ({ service: { scope }, create }) => {
    if (scope !== "run") return;
    const [first, second] = [create(), create()];
    await Promise.all([first.end(), second.end()]);
    if (typeof first.service === "object" && first.service === second.service)
      broken({
        what: "two runs got the same object",
        expected: "one made by each `create`: what one run does with it another would see",
        likely: 'It is made outside of `create`. Make it there, or give it scope: "process"',
      });
  },
};

const leaksNothing: Law<ServiceSubject> = {
  name: "leaves no tensor behind",
  check: async ({ create }) => {
    const before = tf.memory().numTensors;
    await create().end();
    const left = tf.memory().numTensors - before;
    if (left > 0)
      broken({ what: `${left} tensors are left after its end`, expected: "none", likely: "`dispose` frees what `create` made" });
  },
};

/** How long a socket may take to close. */
const CLOSING = 2000; // ms

/** A process ends when nothing keeps it: one socket that stays open, and a finished run hangs. */
const letsGo: Law<ServiceSubject> = {
  name: "leaves no timer, socket or process behind that keeps the process from ending",
  check: async ({ create }) => {
    const before = process.getActiveResourcesInfo();
    await create().end();
    const until = performance.now() + CLOSING;
    let left = added(before, process.getActiveResourcesInfo());
    for (; left.length > 0 && performance.now() < until; left = added(before, process.getActiveResourcesInfo())) await sleep(20);
    if (left.length > 0)
      broken({
        what: `${left.join(", ")} ${left.length === 1 ? "is" : "are"} there after its end`,
        expected: "what was there before it was made",
        likely: "`dispose` clears timers, closes sockets and ends processes; a timer that may be left behind is unref()'d",
      });
  },
};

/** Resources that are there more often than before. */
function added(before: readonly string[], after: readonly string[]): string[] {
  const rest = [...before];
  return after.filter((one) => {
    const index = rest.indexOf(one);
    if (index !== -1) rest.splice(index, 1);
    return index === -1;
  });
}

export const serviceLaws: readonly Law<ServiceSubject>[] = [isMade, ends, isEachRuns, leaksNothing, letsGo];
