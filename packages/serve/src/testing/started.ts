import { serve } from "../server.ts";
import type { Server, ServeOptions } from "../server.ts";
import type { Policy } from "../question.ts";

/** A server on a free port of loopback, whose pictures are one pixel of their first byte's grey. */
export function started(policy: Policy, options: Partial<ServeOptions> = {}): Promise<Server> {
  return serve(policy, {
    host: "127.0.0.1",
    port: 0,
    token: null,
    batch: { rows: 8, tokens: 100_000, waitMs: 5 },
    pictures: {
      decode: async (bytes) => ({ width: 1, height: 1, data: new Uint8Array(3).fill(bytes[0]!) }),
      pixels: 100,
      count: 3,
    },
    maxNewTokens: 200,
    votes: 1,
    mostSamples: 8,
    bodyBytes: 100_000,
    requests: 64,
    seconds: 30,
    log: () => {},
    ...options,
  });
}

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** All that may stand in one. */
interface Body {
  readonly error: { readonly message: string; readonly type: string; readonly code: string; readonly param: string | null };
  readonly preference: 1 | 2 | "tie" | null;
  readonly confidence: number;
  readonly votes: Readonly<Record<string, number>>;
  readonly sums: Readonly<Record<string, number>>;
  readonly asShown?: object;
  readonly swapped: object;
  readonly choosesFirst: number;
  readonly judgements: readonly { readonly choice: unknown; readonly thought: unknown }[];
  readonly seed: number;
  readonly rewards: readonly number[];
}

/** Sends JSON and reads the answer. */
export async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Body };
}
