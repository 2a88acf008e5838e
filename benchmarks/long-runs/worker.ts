import "@rewardlab/core/steady-heap";
import { resident, kept } from "./memory.ts";
import type { Kept, Resident } from "./memory.ts";
import { longRun } from "./trainer.ts";

/** One long run in a process of its own. Tells what it holds, a JSON object a line after "@@". */
export interface LongRun {
  readonly engine: string;
  readonly iterations: number;
  /** Iterations between two looks at the resident memory, and between two collections with a look at what is kept; 0: never. */
  readonly every: number;
  readonly collectEvery: number;
}
export type Seen = { readonly resident: Resident } | { readonly kept: Kept };

const { engine, iterations, every, collectEvery } = JSON.parse(process.argv[2]!) as LongRun;
const tell = (seen: Seen) => process.stdout.write(`@@${JSON.stringify(seen)}\n`);
await longRun(engine, iterations, async (iteration) => {
  if (iteration % every === 0) tell({ resident: resident(iteration) });
  if (iteration % collectEvery === 0) tell({ kept: await kept(iteration) });
});
