import type { KeptPolicy, Parameters } from "../kinds.ts";
import { join } from "node:path";
import { InputError, JsonLines } from "@rewardlab/storage";
import type { RandomStreams, SavedStreams } from "../services/random.ts";
import type { SavedStates, StateStore } from "../services/state.ts";
import type { Checkpoints, Log, Saved } from "../stage.ts";
import { KEPT, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";

interface Owned {
  readonly folder: string;
  /** StageContext.key */
  readonly key: string;
  readonly random: RandomStreams;
  readonly states: StateStore;
  /** Told of what a service kept for checkpoints that are gone, after they are; of some of it again when a stage goes on. */
  readonly drop?: (kept: readonly KeptPolicy[]) => Promise<void>;
}

/** What a checkpoint's state holds: the stage's own, and what of it the pipeline keeps for the stage. */
interface Whole<S> {
  /** Of this record; checkpoints of another are refused. */
  readonly format: typeof FORMAT;
  readonly stage: S;
  readonly random: SavedStreams;
  readonly components: SavedStates["values"];
  /** Length of each log, in bytes. */
  readonly logs: Readonly<Record<string, number>>;
  /** What a service keeps for the checkpoints on the disk, this one last, and for the one that goes with it. Absent: nothing. */
  readonly kept?: readonly (readonly KeptPolicy[])[];
}
const FORMAT = 2;

/** The set of tensors that components keep, beside the stage's own sets. */
const COMPONENTS = "components";

/** A stage's checkpoints and logs: a checkpoint holds where each log was, the random streams and the components' states, so that all of them go back together. */
export class StageRecords implements Checkpoints {
  readonly #owned: Owned;
  readonly #logs = new Map<string, JsonLines>();
  #found: Saved<unknown> | null | undefined;
  #lengths: Whole<unknown>["logs"] = {};
  #kept: NonNullable<Whole<unknown>["kept"]> = [];
  readonly #dropped: KeptPolicy[] = []; // by this process
  #savedStep = 0; // before the first step there is nothing to save

  /** How many were done when it was saved last, or when it began. */
  get step(): number {
    return this.#savedStep;
  }

  constructor(owned: Owned) {
    this.#owned = owned;
  }

  /** What a service keeps for checkpoints. */
  get kept(): readonly KeptPolicy[] {
    return without(this.#kept.flat(), this.#dropped);
  }

  resume<S>(): Saved<S> | null {
    const found = this.#find() as Saved<S> | null;
    this.#found = null; // its tensors are the caller's from here on
    return found;
  }

  async save<S>({ step, tensors, state, kept: policies = [] }: Saved<S>): Promise<void> {
    if (step === this.#savedStep) return;
    const { folder, key, random, states } = this.#owned;
    if (Object.hasOwn(tensors, COMPONENTS))
      throw new InputError(
        "RL_CHECKPOINT_SET",
        `checkpoint: a set of tensors may not be called "${COMPONENTS}", which is kept for the components' own`,
      );
    this.sync();
    const kept = states.save();
    const all = [...this.#kept, policies];
    const policiesNow = all.slice(-KEPT - 1); // the one that goes with it stays, since a kill may come before that is told
    const whole: Whole<S> = {
      format: FORMAT,
      stage: state,
      random: random.save(),
      components: kept.values,
      logs: Object.fromEntries([...this.#logs].map(([name, lines]) => [name, lines.length])),
      ...(policiesNow.some((each) => each.length > 0) && { kept: policiesNow }),
    };
    const own: Record<string, Parameters> = Object.keys(kept.tensors).length === 0 ? {} : { [COMPONENTS]: kept.tensors };
    await saveCheckpoint(folder, { key, step, tensors: { ...tensors, ...own }, state: whole });
    this.#savedStep = step;
    this.#kept = policiesNow;
    const gone = without(all.slice(0, -KEPT).flat(), [...all.slice(-KEPT).flat(), ...this.#dropped]);
    this.#dropped.push(...gone);
    await this.#owned.drop?.(gone);
  }

  log(name: string): Log {
    this.#find();
    const open = this.#logs.get(name) ?? new JsonLines(join(this.#owned.folder, `${name}.jsonl`), this.#lengths[name] ?? 0);
    this.#logs.set(name, open);
    return open;
  }

  /** All lines are on the disk when this returns. */
  sync(): void {
    for (const lines of this.#logs.values()) lines.sync();
  }

  close(): void {
    for (const lines of this.#logs.values()) lines.close();
    this.#logs.clear();
  }

  /** The newest checkpoint; the streams and states go back to it. */
  #find(): Saved<unknown> | null {
    if (this.#found !== undefined) return this.#found;
    const { folder, key, random, states } = this.#owned;
    const saved = loadCheckpoint<Whole<unknown>>(folder, key);
    if (saved === null) return (this.#found = null);
    const { state, step } = saved;
    if (state.format !== FORMAT)
      throw new InputError(
        "RL_CHECKPOINT",
        `${join(folder, "checkpoints")}: was written by another version of RewardLab, expected format ${FORMAT}. Remove that folder to start this stage anew, or run with --fresh.`,
      );
    const { [COMPONENTS]: components = {}, ...tensors } = saved.tensors;
    random.restore(state.random);
    states.restore({ values: state.components, tensors: components });
    this.#lengths = state.logs;
    this.#kept = state.kept ?? [];
    this.#savedStep = step;
    return (this.#found = { step, tensors, state: state.stage });
  }
}

/** Those of the first list that aren't in the second. They are plain data. */
export function without(kept: readonly KeptPolicy[], others: readonly KeptPolicy[]): KeptPolicy[] {
  const there = new Set(others.map((one) => JSON.stringify(one)));
  return kept.filter((one) => !there.has(JSON.stringify(one)));
}
