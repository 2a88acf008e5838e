import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the server got it. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: { readonly [name: string]: unknown; readonly messages: readonly { role: string; content: unknown }[] };
  /** Its place, from 0. */
  readonly index: number;
}

/** What the server does with a request: an answer's text, a status with a body, or something worse. */
export type Deed =
  | string
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      /** Before it answers. */
      readonly afterMs?: number;
    }
  /** The connection is cut: before a byte of the answer, or in the middle of it. */
  | "hang up"
  | "half"
  /** Nothing ever comes. */
  | "silence";

/** A chat endpoint on loopback that does what a script says. */
export interface ScriptedServer {
  /** Its base, http://127.0.0.1:PORT/v1. */
  readonly url: string;
  readonly received: Received[];
  /** Most requests that were under way at a time. */
  readonly most: () => number;
  close(): Promise<void>;
}

/** `deed` says what becomes of each request. */
export async function scriptedServer(deed: (received: Received) => Deed | Promise<Deed>): Promise<ScriptedServer> {
  const received: Received[] = [];
  let [underWay, most] = [0, 0];
  const server: Server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("error", () => {});
    response.on("close", () => (underWay -= 1));
    most = Math.max(most, (underWay += 1));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(pieces).toString("utf8")) as Received["body"];
      const one = { path: request.url!, headers: request.headers, body, index: received.length };
      received.push(one);
      const answer = async () => act(await deed(one), response);
      void answer();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    received,
    most: () => most,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The body of an answer: 10 tokens in, 5 out. */
export const answerBody = (content: unknown, more: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  model: "scripted",
  choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  ...more,
});

function act(deed: Deed, response: ServerResponse): void {
  if (deed === "silence") return;
  if (deed === "hang up") return void response.destroy();
  if (deed === "half") {
    const text = JSON.stringify(answerBody("only half of this arrives"));
    response.writeHead(200, { "content-type": "application/json", "content-length": String(text.length) });
    response.write(text.slice(0, text.length / 2));
    setTimeout(() => response.destroy(), 5);
    return;
  }
  const {
    status,
    body,
    headers = {},
    afterMs = 0,
  } = typeof deed === "string" ? { status: 200, body: answerBody(deed) } : { body: "", ...deed };
  setTimeout(() => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  }, afterMs);
}
