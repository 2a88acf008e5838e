import type { ServerResponse } from "node:http";
import { problemBody } from "./problem.ts";
import type { Problem } from "./problem.ts";
import type { Reply } from "./serving.ts";

/** Sends JSON, whole. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": String(bytes.length),
    // Texts in answers are whatever somebody wrote: no browser is to take them for a page.
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    ...headers,
  });
  response.end(bytes);
}

/** Sends a reply; one in events begins with its first, so that what fails before is told with a status. */
export async function sendReply(response: ServerResponse, reply: Reply): Promise<void> {
  if ("json" in reply) return sendJson(response, 200, reply.json);
  await reply.events((event) => sendEvent(response, JSON.stringify(event)));
  sendEvent(response, "[DONE]");
  response.end();
}

/** Tells why there is no answer, in the form that the answer has by then. */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  if (response.writableEnded || response.destroyed) return;
  if (response.headersSent) {
    sendEvent(response, JSON.stringify(problemBody(problem)));
    response.end();
    return;
  }
  const { status, retrySeconds } = problem;
  sendJson(response, status, problemBody(problem), {
    ...(retrySeconds === null ? {} : { "retry-after": String(Math.max(1, Math.ceil(retrySeconds))) }),
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
  });
}

function sendEvent(response: ServerResponse, data: string): void {
  if (!response.headersSent)
    response.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
  response.write(`data: ${data}\n\n`);
}
