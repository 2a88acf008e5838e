import { createHash, timingSafeEqual } from "node:crypto";

/** Whether an Authorization header brings the token, in a time that tells nothing of where they differ. */
export function bringsToken(header: string | undefined, token: string): boolean {
  const given = /^bearer +(\S+) *$/i.exec(header ?? "")?.[1] ?? "";
  return timingSafeEqual(digest(given), digest(token));
}

const digest = (text: string) => createHash("sha256").update(text).digest();
