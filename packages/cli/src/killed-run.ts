import { runInWorker } from "./launch.ts";
import type { RunListener, WorkerEnd } from "./launch.ts";
import { eventIndex } from "./kill-points.ts";
import type { KillPoint, Moment, Timeline } from "./kill-points.ts";
import type { WorkerTask } from "./messages.ts";

/** Nothing of what is run here is asked to save and stop: it is killed. */
const never = new AbortController().signal;

/** Runs a task to its end and writes down what it told, and when. `interrupt` ends it at once. */
export async function timedRun(
  task: WorkerTask,
  listener: RunListener,
  interrupt: AbortSignal,
): Promise<{ readonly end: WorkerEnd; readonly timeline: Timeline }> {
  const began = performance.now();
  const now = () => performance.now() - began;
  const events: Moment[] = [];
  const end = await runInWorker(
    task,
    {
      ...listener,
      progress: (what, done, total, values) => {
        if (total > 0) events.push({ what, done, total, at: now() });
        listener.progress(what, done, total, values);
      },
    },
    { stop: never, kill: interrupt },
  );
  return { end, timeline: { events, end: now() } };
}

/** How a run ended that was to be killed, and what it had told last: null, nothing. */
export interface Killed {
  readonly end: WorkerEnd;
  /** Whether the kill came before the run's end. */
  readonly fell: boolean;
  readonly last: Omit<Moment, "at"> | null;
  /** Milliseconds from that, or from the start of the process, to the kill. */
  readonly since: number;
}

/** Runs a task and sends its process SIGKILL at a point of the timeline, or as soon as it is past that. `interrupt` ends it at once. */
export async function killedRun(
  task: WorkerTask,
  { point, timeline }: { readonly point: KillPoint; readonly timeline: Timeline },
  listener: RunListener,
  interrupt: AbortSignal,
): Promise<Killed> {
  const kill = new AbortController();
  let [told, since] = [performance.now(), 0];
  const abort = () => {
    since = performance.now() - told;
    kill.abort();
  };
  interrupt.addEventListener("abort", abort, { once: true });
  if (interrupt.aborted) abort();
  let timer: NodeJS.Timeout | undefined;
  const killSoon = () => (timer ??= setTimeout(abort, point.wait));
  if (point.after === -1) killSoon();
  let last: Killed["last"] = null;
  try {
    const end = await runInWorker(
      task,
      {
        ...listener,
        progress: (what, done, total, values) => {
          if (total > 0) {
            last = { what, done, total };
            told = performance.now();
            if (eventIndex(timeline, what, done) >= point.after) killSoon();
          }
          listener.progress(what, done, total, values);
        },
      },
      { stop: never, kill: kill.signal },
    );
    return { end, fell: end.type === "interrupted" && !interrupt.aborted, last, since };
  } finally {
    clearTimeout(timer);
    interrupt.removeEventListener("abort", abort);
  }
}
