import type { IncomingMessage } from "node:http";
import { Problem } from "./problem.ts";
import { bringsToken } from "./token.ts";

/** Addresses at which a server is heard by its own machine alone. */
export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);

/**
 * Throws `Problem` where a request may not come in: without the token where there is one; else, of a server on loopback, under another name than its own
 * machine's, as a page in a browser could that made its name stand for this address.
 */
export function admit({ headers }: IncomingMessage, token: string | null): void {
  if (token !== null) {
    if (!bringsToken(headers.authorization, token))
      throw new Problem(401, "invalid_token", "Authorization: expected Bearer and this server's token");
    return;
  }
  const name = (headers.host ?? "").replace(/:\d+$/, "");
  if (!isLoopback(name))
    throw new Problem(403, "host", `Host: ${JSON.stringify(name.slice(0, 60))} is given, expected localhost, 127.0.0.1 or [::1]`);
}
