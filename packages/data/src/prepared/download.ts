import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "@rewardlab/core";

/** What a picture from an address may cost. */
export interface DownloadLimits {
  readonly bytes: number;
  readonly seconds: number;
  /** How often it is tried again where the server is busy or away. */
  readonly retries: number;
  /** Seconds before the first further try. */
  readonly waitSeconds: number;
}
export const downloadLimits: DownloadLimits = { bytes: 2 ** 25, seconds: 30, retries: 2, waitSeconds: 1 };
const MOST_REDIRECTS = 5;

/** Where a picture of an address is kept. */
export const downloadPath = (folder: string, url: string): string => join(folder, createHash("sha256").update(url).digest("hex"));

/**
 * A picture's file, fetched where it isn't in `folder` yet: over http and https alone, also where it is sent elsewhere, without cookies or names. It is written
 * aside and renamed, so a file is whole or not there. Throws where no answer comes in time, it is too large or is an error.
 */
export async function downloaded(url: string, folder: string, limits: DownloadLimits = downloadLimits): Promise<string> {
  const path = downloadPath(folder, url);
  if (existsSync(path)) return path;
  await mkdir(folder, { recursive: true });
  const bytes = await fetched(url, limits);
  const aside = `${path}.${process.pid}-${randomUUID()}`;
  try {
    await writeFile(aside, bytes);
    await rename(aside, path);
  } finally {
    await rm(aside, { force: true });
  }
  return path;
}

async function fetched(url: string, limits: DownloadLimits): Promise<Uint8Array> {
  for (let tried = 0; ; tried++) {
    try {
      return await once(url, limits);
    } catch (error) {
      if (error instanceof Final || tried >= limits.retries)
        throw new Error(`can't be fetched (${reason(error, limits)})`, { cause: error });
      await sleep(limits.waitSeconds * 1000 * 2 ** tried);
    }
  }
}

/** What another try wouldn't change. */
class Final extends Error {}

function reason(error: unknown, { seconds }: DownloadLimits): string {
  if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${seconds} s`;
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${messageOf(error.cause)}` : "";
  return `${messageOf(error)}${cause}`;
}

async function once(given: string, limits: DownloadLimits): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(limits.seconds * 1000);
  let url = checkedUrl(given);
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(url, { redirect: "manual", credentials: "omit", signal });
    const to = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && to !== null) {
      await response.body?.cancel();
      if (redirects === MOST_REDIRECTS) throw new Final(`sent on more than ${MOST_REDIRECTS} times`);
      url = checkedUrl(new URL(to, url).href);
      continue;
    }
    if (!response.ok) {
      await response.body?.cancel();
      const problem = `the server answers ${response.status} ${response.statusText}`.trim();
      throw response.status === 429 || response.status >= 500 ? new Error(problem) : new Final(problem);
    }
    return await bodyOf(response, limits.bytes);
  }
}

function checkedUrl(text: string): URL {
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new Final(`sent on to ${url.protocol}, expected http or https`);
  return url;
}

async function bodyOf(response: Response, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > most) throw new Final(`larger than ${most} bytes`);
    parts.push(part);
  }
  if (length === 0) throw new Final("an empty answer");
  return Buffer.concat(parts);
}
