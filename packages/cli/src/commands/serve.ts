import { InputError, Interrupted } from "@rewardlab/core";
import { decodedBytes } from "@rewardlab/data";
import { modelPolicy, serve as startServer } from "@rewardlab/serve";
import type { Server } from "@rewardlab/serve";
import { openPolicy } from "../served-policy.ts";
import type { PolicyChoice } from "../served-policy.ts";

interface ServeCommand extends PolicyChoice {
  readonly host: string;
  readonly port: number;
  readonly batch: number;
  readonly batchTokens: number;
  readonly batchWait: number;
  readonly requests: number;
  readonly seconds: number;
  readonly bodyMb: number;
  readonly pixels: number;
  readonly pictures: number;
  readonly maxNewTokens: number;
  readonly votes: number;
  readonly mostVotes: number;
  readonly drainSeconds: number;
  readonly name?: string;
  readonly json?: boolean;
}

/** The environment variable that holds what requests must bring. */
const TOKEN = "REWARDLAB_SERVE_TOKEN";

/** `rewardlab serve`: answers requests until it is told to end; then it answers those it has, refuses others, and ends with 0. */
export async function serve(checkpoint: string, options: ServeCommand): Promise<void> {
  const token = tokenIn(process.env[TOKEN]);
  const { model, parameters, compiles, dispose, engine, ...opened } = await openPolicy(checkpoint, options);
  const name = options.name ?? opened.name;
  const ends = signals(); // from before the first request
  try {
    const server = await startServer(modelPolicy({ name, model, parameters, compiles }), {
      host: options.host,
      port: options.port,
      token,
      batch: { rows: options.batch, tokens: options.batchTokens, waitMs: options.batchWait },
      pictures: { decode: decodedBytes, pixels: options.pixels, count: options.pictures },
      maxNewTokens: options.maxNewTokens,
      votes: options.votes,
      mostSamples: options.mostVotes,
      bodyBytes: options.bodyMb * 2 ** 20,
      requests: options.requests,
      seconds: options.seconds,
      log: (line) => console.error(`${new Date().toISOString()} ${line}`),
    });
    console.log(
      options.json
        ? JSON.stringify({ url: server.url, model: name, engine, token: token !== null })
        : `${name} on ${server.url} (${engine}${token === null ? "" : "; requests need the token"}). Ctrl-C or SIGTERM ends it once all are answered.`,
    );
    await untilEnded(server, ends, options.drainSeconds);
  } finally {
    dispose();
  }
}

function tokenIn(value: string | undefined): string | null {
  if (value === undefined) return null;
  if (!/^\S{8,}$/.test(value))
    throw new InputError("RL_SERVE_TOKEN", `${TOKEN}: expected 8 characters or more without blanks (its value isn't shown)`);
  return value;
}

/** What is told by signals: the first asks for an end, the second for one at once. */
function signals(): { readonly first: Promise<void>; readonly second: Promise<void> } {
  let count = 0;
  let [end, endNow] = [() => {}, () => {}];
  const first = new Promise<void>((resolve) => (end = resolve));
  const second = new Promise<void>((resolve) => (endNow = resolve));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => (++count === 1 ? end() : endNow()));
  return { first, second };
}

async function untilEnded(server: Server, { first, second }: ReturnType<typeof signals>, seconds: number): Promise<void> {
  await first;
  console.error("Ending: requests that are here are answered, new ones refused. Once more ends it at once.");
  const dropped = await Promise.race([server.drain(seconds), second.then(() => null)]);
  if (dropped === null) {
    await server.close();
    throw new Interrupted("ended at once; requests that were here got a 503");
  }
  console.error(dropped === 0 ? "Ended; no request was dropped." : `Ended after ${seconds} s; ${dropped} requests got a 503.`);
}
