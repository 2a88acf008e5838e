import type { RandomStream } from "@rewardlab/core";

/** What an uninterrupted run told, and when: milliseconds since its process was started. */
export interface Timeline {
  readonly events: readonly Moment[];
  /** When the process had ended. */
  readonly end: number;
}
export interface Moment {
  /** A stage's name, or other work that is counted. */
  readonly what: string;
  readonly done: number;
  readonly total: number;
  readonly at: number;
}

/** An instant at which a run is killed: so long after it told this. */
export interface KillPoint {
  /** Index of the event in the timeline; −1: from the start of the process. */
  readonly after: number;
  /** Milliseconds. */
  readonly wait: number;
}

/**
 * So many random instants of a run. Each stretch of it (from the first sign of a stage, or of other work, to the next one's) gets its share: first the
 * `stages`, the longest first, then other work and the start. Within a stretch the time is divided into as many parts as it has kills, with one at
 * random in each. In the order of the run.
 */
export function killPoints(timeline: Timeline, stages: readonly string[], kills: number, random: RandomStream): KillPoint[] {
  const stretches = stretchesOf(timeline, stages);
  return stretches
    .flatMap(({ from, to }, index) => {
      const own = Math.floor(kills / stretches.length) + (index < kills % stretches.length ? 1 : 0);
      return Array.from({ length: own }, (_, part) => from + ((part + random.uniform()) / own) * (to - from));
    })
    .toSorted((a, b) => a - b)
    .map((at) => {
      const after = timeline.events.findLastIndex((event) => event.at <= at);
      return { after, wait: at - (timeline.events[after]?.at ?? 0) };
    });
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly isStage: boolean;
}

function stretchesOf({ events, end }: Timeline, stages: readonly string[]): Stretch[] {
  const firsts = events.filter(({ what }, index) => what !== events[index - 1]?.what);
  const told = firsts.map(({ what, at }, index) => ({
    from: at,
    to: firsts[index + 1]?.at ?? end,
    isStage: stages.includes(what),
  }));
  const start = { from: 0, to: firsts[0]?.at ?? end, isStage: false };
  const length = ({ from, to }: Stretch) => to - from;
  return [...told, start].toSorted((a, b) => Number(b.isStage) - Number(a.isStage) || length(b) - length(a));
}

/** The index of what a resumed run tells, or −1: before all, or not in the timeline. What it tells of a batch of another size counts as the one before. */
export function eventIndex({ events }: Timeline, what: string, done: number): number {
  return events.findLastIndex((event) => event.what === what && event.done <= done);
}
