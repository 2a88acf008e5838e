import { messageOf, RunError } from "@rewardlab/core";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { platformTags } from "./pip.ts";

/** A wheel as an index lists it. */
export interface Wheel {
  readonly name: string;
  readonly url: string;
  readonly sha256: string;
  /** null where the index doesn't say. */
  readonly bytes: number | null;
}

/** The wheel of a release that runs here, asked of an index: PyPI's JSON form of the simple API (PEP 691), or its HTML form (PEP 503). */
export async function findWheel(index: string, name: string, version: string, signal: AbortSignal): Promise<Wheel> {
  const page = `${index}/${name}/`;
  const response = await get(page, signal, "application/vnd.pypi.simple.v1+json, text/html;q=0.5");
  const text = await response.text();
  const json = (response.headers.get("content-type") ?? "").includes("json");
  const files = json ? filesOfJson(text, page) : filesOfHtml(text, page);
  const start = `${name.replaceAll("-", "_")}-${version}-cp3`;
  const wheel = files.find((file) => file.name.startsWith(start) && platformTags().some((tag) => file.name.includes(tag)));
  if (wheel === undefined)
    throw new RunError("RL_NO_WHEEL", `${page}: it has no wheel of ${name} ${version} for ${process.platform} ${process.arch}`);
  if (!/^[0-9a-f]{64}$/.test(wheel.sha256))
    throw new RunError("RL_NO_WHEEL", `${page}: it gives no sha256 of ${wheel.name}, expected one to check the download by`);
  return wheel;
}

function filesOfJson(text: string, page: string): Wheel[] {
  try {
    const { files } = JSON.parse(text) as {
      files: { filename: string; url: string; size?: number; hashes: { sha256?: string } }[];
    };
    return files.map(({ filename, url, size, hashes }) => ({
      name: filename,
      url: new URL(url, page).href,
      sha256: hashes.sha256 ?? "",
      bytes: size ?? null,
    }));
  } catch (error) {
    throw new RunError("RL_INDEX", `${page}: not what a package index answers: ${messageOf(error)}`, { cause: error });
  }
}

function filesOfHtml(text: string, page: string): Wheel[] {
  return [...text.matchAll(/<a\s[^>]*href="([^"]+)"[^>]*>\s*([^<]+?)\s*<\/a>/gi)].map(([, href, name]) => {
    const url = new URL(href!.replaceAll("&amp;", "&"), page);
    const sha256 = new URLSearchParams(url.hash.slice(1)).get("sha256") ?? "";
    url.hash = "";
    return { name: name!, url: url.href, sha256, bytes: null };
  });
}

/** Fetches a wheel over HTTPS into a file. */
export async function httpDownload(
  { url, bytes }: Wheel,
  to: string,
  signal: AbortSignal,
  progress: (done: number, total: number | null) => void,
): Promise<void> {
  const response = await get(url, signal, "*/*");
  const total = bytes ?? (Number(response.headers.get("content-length")) || null);
  const file = await open(to, "w");
  let done = 0;
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      await file.appendFile(chunk);
      progress((done += chunk.length), total);
    }
  } catch (error) {
    if (signal.aborted || (error as NodeJS.ErrnoException).syscall === "write") throw error;
    throw new RunError("RL_DOWNLOAD", `${url}: the download broke off after ${done} bytes: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    await file.close();
  }
}

/** Throws where a file is not the one the index described. */
export async function checkHash(path: string, { name, sha256 }: Wheel): Promise<void> {
  const sum = createHash("sha256");
  await pipeline(createReadStream(path), sum);
  const given = sum.digest("hex");
  if (given !== sha256)
    throw new RunError(
      "RL_HASH",
      `${name}: what was downloaded has the sha256 ${given}, the index says ${sha256}. It was thrown away; try again, and if it stays so, don't trust the index`,
    );
}

async function get(url: string, signal: AbortSignal, accept: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { accept }, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const why = messageOf((error as { cause?: unknown }).cause ?? error);
    throw new RunError("RL_NO_NETWORK", `${new URL(url).host}: can't be reached: ${why}`, { cause: error });
  }
  if (!response.ok) throw new RunError("RL_DOWNLOAD", `${url}: answered ${response.status} ${response.statusText}`.trim());
  return response;
}
