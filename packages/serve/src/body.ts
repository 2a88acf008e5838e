import type { IncomingMessage } from "node:http";
import { Problem } from "./problem.ts";

/** A request's body as JSON, of at most so many bytes. Throws `Problem`. */
export async function jsonBody(request: IncomingMessage, mostBytes: number): Promise<unknown> {
  const type = request.headers["content-type"] ?? "nothing";
  // A page in a browser can send text to a server on its reader's own machine, but not this.
  if (!/^application\/json\b/i.test(type))
    throw new Problem(415, "content_type", `content-type: ${type.slice(0, 60)} is given, expected application/json`);
  if (request.headers["content-encoding"] !== undefined && request.headers["content-encoding"] !== "identity")
    throw new Problem(415, "content_encoding", "content-encoding: expected none");
  const tooLong = () => new Problem(413, "body_too_large", `the body is larger than ${mostBytes} bytes, which is the most`);
  if (Number(request.headers["content-length"] ?? 0) > mostBytes) throw tooLong();
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > mostBytes) throw tooLong();
    pieces.push(piece);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces));
  } catch {
    throw new Problem(400, "invalid_json", "the body is no UTF-8 text, expected JSON");
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Problem(400, "invalid_json", `the body is no JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}
