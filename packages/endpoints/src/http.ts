import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

/** What came back, whatever its status. */
export interface HttpReply {
  readonly status: number;
  /** By lower-case name; of several the first. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A request that got no whole answer: refused, cut off, too slow, too long. */
export class NoAnswer extends Error {
  override readonly name: string = "NoAnswer";
}

/** How a body is sent. */
export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** From the first byte sent to the last one received, in seconds. */
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal | undefined;
  /** A longer answer is refused: nobody's memory is filled from afar. */
  readonly maxBytes?: number;
}

const MOST_BYTES = 64 * 2 ** 20;

/** Sends JSON by POST to one server; connections are kept and used again, at most `sockets` at a time. Redirects are not followed: the key would go with them. */
export function poster(sockets: number): (url: string, body: string, options: PostOptions) => Promise<HttpReply> {
  const settings = { keepAlive: true, maxSockets: sockets };
  const agents = { "http:": new HttpAgent(settings), "https:": new HttpsAgent(settings) };
  // node:http, not fetch: fetch gives up after 300 s without a header, whatever its signal says, and slow judges think for longer
  return (url, body, { headers = {}, timeoutSeconds, signal, maxBytes = MOST_BYTES }) =>
    new Promise((resolve, reject) => {
      const { protocol } = new URL(url);
      const [send, agent] =
        protocol === "https:" ? [httpsRequest, agents["https:"] as HttpAgent] : [httpRequest, agents["http:"]];
      const bytes = Buffer.from(body);
      const sent = send(url, {
        method: "POST",
        agent,
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          "content-length": String(bytes.length),
          "user-agent": "rewardlab",
          ...headers,
        },
      });
      const timer = setTimeout(() => sent.destroy(new NoAnswer(`no answer within ${timeoutSeconds} s`)), 1000 * timeoutSeconds);
      const stop = () => sent.destroy(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
      const settle = <T>(act: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", stop);
          act(value);
        };
      };
      const fail = settle((error: Error) => {
        // what a socket says of itself is no more than its code
        const { code } = error as NodeJS.ErrnoException;
        reject(code === undefined || signal?.aborted ? error : new NoAnswer(reasonOf(code), { cause: error }));
      });
      sent.on("error", fail);
      sent.on("response", (response) => {
        const pieces: Buffer[] = [];
        let length = 0;
        response.on("data", (piece: Buffer) => {
          length += piece.length;
          if (length > maxBytes) sent.destroy(new NoAnswer(`the answer is longer than ${maxBytes} bytes`));
          else pieces.push(piece);
        });
        response.on("error", (error: Error) => fail(error));
        response.on("close", () => {
          if (!response.complete) return fail(new NoAnswer("the answer was cut off"));
          const first = (value: string | readonly string[] | undefined) => (typeof value === "object" ? value[0]! : value!);
          settle(resolve)({
            status: response.statusCode!,
            headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, first(value)])),
            text: Buffer.concat(pieces).toString("utf8"),
          });
        });
      });
      if (signal?.aborted) return stop();
      signal?.addEventListener("abort", stop, { once: true });
      sent.end(bytes);
    });
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there (ECONNREFUSED)",
  ECONNRESET: "the connection was reset (ECONNRESET)",
  ENOTFOUND: "there is no such host (ENOTFOUND)",
  EPIPE: "the connection was closed (EPIPE)",
  ETIMEDOUT: "the connection timed out (ETIMEDOUT)",
};

const reasonOf = (code: string) => reasons[code] ?? `the connection failed (${code})`;
