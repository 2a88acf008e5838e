import { closeSync, writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { placeInPlugin } from "./no-exit.ts";

/** How long a plugin may take to load, in seconds. Importing one does nothing but define it; a slow disk is reckoned with. */
const PATIENCE = Number(process.env.REWARDLAB_PLUGIN_SECONDS) || 60;

interface Watch {
  /** Rejects when it is clear that the plugin's code will not come to its end. */
  readonly never: Promise<never>;
  readonly end: () => void;
}

/**
 * Watches a plugin's code while it is loaded. What it waits for may never come: then nothing is left to do, and Node would end without a word. It may wait for
 * what takes too long, or start what throws later; all three are told by `never`. Or it may keep this thread busy for ever, so that nothing here can tell: another thread then has the place
 * where it is told as an error, and ends the process with code 2.
 */
export function watchLoading(plugin: string): Watch {
  const hooks = new AbortController();
  const never = new Promise<never>((_, reject) => {
    const nothingLeft = () => reject(new Error("never ends loading: at its top it awaits what never comes"));
    process.once("beforeExit", nothingLeft);
    const tooLong = () => reject(new Error(`isn't loaded after ${PATIENCE} s: at its top it awaits what hasn't come. ${SLOW}`));
    process.once("uncaughtException", reject); // thrown by what it started: a timer, a stream
    const timer = setTimeout(tooLong, PATIENCE * 1000).unref();
    hooks.signal.addEventListener("abort", () => {
      process.off("beforeExit", nothingLeft);
      process.off("uncaughtException", reject);
      clearTimeout(timer);
    });
  });
  never.catch(() => {}); // it may be told when nobody waits any more
  const thread = watchBusyThread(plugin);
  return {
    never,
    end: () => {
      hooks.abort();
      void thread?.terminate();
    },
  };
}

const SLOW = "Importing a plugin should only define it; REWARDLAB_PLUGIN_SECONDS sets another limit where one needs longer";

/** Where the other thread's debugger calls, in the midst of what keeps this one busy. */
const told = Symbol.for("@rewardlab/a plugin keeps the thread busy");

function watchBusyThread(plugin: string): Worker | null {
  Object.assign(globalThis, {
    [told]: (stack: string) => {
      const place = placeInPlugin(stack)?.place;
      writeSync(
        2,
        `error plugin ${plugin}: isn't loaded after ${PATIENCE} s: it keeps the processor busy${place === undefined ? "" : ` at ${place}`}. ${SLOW}\n`,
      );
      closeSync(2); // Node would say there that it waits for the debugger, which is the other thread
      (process as unknown as { reallyExit(code: number): never }).reallyExit(2);
    },
  });
  const code = `
    const { Session } = require("node:inspector");
    setTimeout(() => {
      const session = new Session();
      session.connectToMainThread();
      session.post("Runtime.evaluate", { expression: "globalThis[Symbol.for(" + ${JSON.stringify(JSON.stringify(told.description))} + ")](new Error().stack)" });
    }, ${PATIENCE * 1000 + 1000});`;
  try {
    const thread = new Worker(code, { eval: true, execArgv: [], stdout: false, stderr: false });
    thread.on("error", () => {}); // a Node without inspector: whoever waits can interrupt it
    thread.unref();
    return thread;
  } catch {
    return null; // no thread can be had: the same
  }
}
