import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { InputError, isInputError } from "@rewardlab/core";
import { sendJson, sendProblem, sendReply } from "./answer.ts";
import { batches } from "./batches.ts";
import type { BatchLimits } from "./batches.ts";
import { jsonBody } from "./body.ts";
import { chat } from "./chat.ts";
import { counts } from "./counts.ts";
import { admit, isLoopback } from "./gate.ts";
import { getReward } from "./get-reward.ts";
import { METRICS_TYPE } from "./metrics.ts";
import type { PictureLimits } from "./pictures.ts";
import { Problem } from "./problem.ts";
import type { Policy } from "./question.ts";
import { reward } from "./reward.ts";
import type { Call, Reply, Serving } from "./serving.ts";

/** How a policy is served. */
export interface ServeOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** What requests must bring; null: nothing, on loopback alone. */
  readonly token: string | null;
  readonly batch: BatchLimits;
  readonly pictures: PictureLimits;
  readonly maxNewTokens: number;
  readonly votes: number;
  readonly mostSamples: number;
  /** The largest body, in bytes. */
  readonly bodyBytes: number;
  /** Requests that are answered at a time, those that wait among them; more are refused with 429. */
  readonly requests: number;
  /** How long a request may take, in seconds. */
  readonly seconds: number;
  /** Told of what went wrong here, which clients aren't. */
  readonly log: (line: string) => void;
}

/** A server that listens. */
export interface Server {
  /** e.g. http://127.0.0.1:8000 */
  readonly url: string;
  /**
   * Takes no new request (503), and closes once those in flight are answered. Gives how many were still in flight and had to be dropped, after `seconds`.
   */
  drain(seconds: number): Promise<number>;
  /** Closes at once: whoever waits is told so (503). */
  close(): Promise<void>;
}

const posts: Readonly<Record<string, (serving: Serving, call: Call) => Promise<Reply>>> = {
  "/v1/chat/completions": chat,
  "/v1/reward": reward,
  "/get_reward": getReward,
};
const GETS = ["/v1/models", "/health", "/metrics"];

/** Serves a policy. Throws `InputError` where it may not listen there, or can't. */
export async function serve(policy: Policy, options: ServeOptions): Promise<Server> {
  const { host, port, token, seconds } = options;
  if (token === null && !isLoopback(host))
    throw new InputError(
      "RL_SERVE_TOKEN",
      `--host ${host}: others can reach it, expected a token in the environment variable REWARDLAB_SERVE_TOKEN`,
    );
  const inFlight = new Set<AbortController>();
  let draining = false;
  let emptied = () => {};
  const levels = {
    get inFlight() {
      return inFlight.size;
    },
    get waiting() {
      return queue.waiting;
    },
    get draining() {
      return draining;
    },
  };
  const counted = counts(policy.name, levels);
  let secondsOfBatch = 0.1; // of the last ones, for Retry-After
  const queue = batches(policy, options.batch, (report) => {
    secondsOfBatch = 0.7 * secondsOfBatch + 0.3 * report.seconds;
    counted.batch(report);
  });
  const serving: Serving = { ...options, policy, batches: queue, unreadable: counted.unreadable };
  const created = Math.floor(Date.now() / 1000);

  const answerGet = (path: string, request: IncomingMessage, response: ServerResponse) => {
    if (path === "/health") return sendJson(response, draining ? 503 : 200, { status: draining ? "draining" : "ok" });
    admit(request, token);
    if (path === "/metrics") {
      response.writeHead(200, { "content-type": METRICS_TYPE });
      return void response.end(counted.text());
    }
    const model = { id: policy.name, object: "model", created, owned_by: "rewardlab" };
    return sendJson(response, 200, path === "/v1/models" ? { object: "list", data: [model] } : model);
  };

  const answerPost = async (path: string, request: IncomingMessage, response: ServerResponse) => {
    admit(request, token);
    if (draining) throw closing();
    if (inFlight.size >= options.requests)
      throw new Problem(429, "too_many_requests", `${inFlight.size} requests are being answered, which is the most`, {
        retrySeconds: secondsOfBatch * Math.max(1, queue.waiting / options.batch.rows),
      });
    const control = new AbortController();
    inFlight.add(control);
    const timer = setTimeout(
      () => control.abort(new Problem(504, "timeout", `there is no answer after ${seconds} s, which is the most`)),
      1000 * seconds,
    );
    const left = () => control.abort(new Problem(499, "client_left", "the client has left"));
    response.on("close", left);
    try {
      const body = await whicheverFirst(jsonBody(request, options.bodyBytes), control.signal);
      await sendReply(response, await posts[path]!(serving, { body, signal: control.signal }));
    } finally {
      clearTimeout(timer);
      response.off("close", left);
      inFlight.delete(control);
      if (inFlight.size === 0) emptied();
    }
  };

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const start = performance.now();
    const path = (request.url ?? "/").split("?", 1)[0]!;
    const isPost = Object.hasOwn(posts, path);
    const isGet = GETS.includes(path) || path === `/v1/models/${policy.name}`;
    const endpoint = isPost || GETS.includes(path) ? path : isGet ? "/v1/models" : "other";
    if (draining) response.setHeader("connection", "close");
    response.once("close", () =>
      counted.request(endpoint, response.writableFinished ? response.statusCode : 499, (performance.now() - start) / 1000),
    );
    try {
      const method = isPost ? "POST" : "GET";
      if (!isPost && !isGet)
        throw new Problem(404, "not_found", `${path.slice(0, 100)}: there are ${[...Object.keys(posts), ...GETS].join(", ")}`);
      if (request.method !== method) {
        response.setHeader("allow", method);
        throw new Problem(405, "method", `${path}: ${request.method} is given, expected ${method}`);
      }
      if (isPost) await answerPost(path, request, response);
      else answerGet(path, request, response);
    } catch (error) {
      const problem = problemOf(error, options.log);
      if (problem.status < 500 || problem.status === 503) counted.refused(problem.code);
      // what of a body nobody reads would hold the connection
      if (!request.complete) {
        response.setHeader?.("connection", "close");
        request.resume();
      }
      sendProblem(response, problem);
    }
  };

  const server = createServer(
    { requestTimeout: 1000 * seconds, headersTimeout: Math.min(10_000, 1000 * seconds), keepAliveTimeout: 5_000 },
    (request, response) => {
      void answer(request, response);
    },
  );
  server.maxHeadersCount = 100;
  await listening(server, host, port);
  const address = server.address() as { port: number };

  const closed = new Promise<void>((resolve) => server.once("close", () => resolve()));
  const close = async () => {
    draining = true;
    for (const control of inFlight) control.abort(closing());
    server.close();
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500))]);
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${address.port}`,
    async drain(most) {
      draining = true;
      if (inFlight.size > 0) {
        let timer: NodeJS.Timeout | undefined;
        await Promise.race([
          new Promise<void>((resolve) => (emptied = resolve)),
          new Promise<void>((resolve) => (timer = setTimeout(resolve, 1000 * most))),
        ]);
        clearTimeout(timer);
      }
      const dropped = inFlight.size;
      await close();
      return dropped;
    },
    close,
  };
}

const closing = () => new Problem(503, "closing", "the server is closing; ask again", { retrySeconds: 1 });

/** What went wrong, for the client; what is ours to mend is told here alone. */
function problemOf(error: unknown, log: (line: string) => void): Problem {
  if (error instanceof Problem) return error;
  if (isInputError(error)) return new Problem(400, error.code.toLowerCase(), error.message);
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return new Problem(500, "failed", "the model failed; the server's log says why");
}

/** What a promise gives, unless the signal is aborted first. */
function whicheverFirst<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

function listening(server: ReturnType<typeof createServer>, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new InputError(
          "RL_SERVE_PORT",
          error.code === "EADDRINUSE"
            ? `--port ${port}: another program listens there, expected a port that is free (0: any)`
            : `--host ${host} --port ${port}: can't listen there (${error.code ?? error.message})`,
          { cause: error },
        ),
      ),
    );
    server.listen(port, host.replace(/^\[|\]$/g, ""), () => resolve());
  });
}
