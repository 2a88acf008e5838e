import { InputError, messageOf, RunError } from "@rewardlab/storage";
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
  /** The index's name and password, where they were given and the file lies with it. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How to fetch: what stops it, and after how many ms without a sign of life it is given up. */
export interface Fetching {
  readonly signal: AbortSignal;
  readonly silence?: number;
}

/** The wheels of a release that run here, one for each Python, asked of an index: PyPI's JSON form of the simple API (PEP 691), or its HTML form (PEP 503). */
export async function findWheels(index: string, name: string, version: string, how: Fetching): Promise<Wheel[]> {
  const { address, authorization } = addressOf(index);
  const page = `${address.href.replace(/\/$/, "")}/${name}/`;
  const connection = await get(new URL(page), how, {
    accept: "application/vnd.pypi.simple.v1+json, text/html;q=0.5",
    ...authorization,
  });
  const { text, type } = await textOf(connection, page);
  const files = (type.includes("json") ? filesOfJson(text, page) : filesOfHtml(text, page)).map((file) =>
    new URL(file.url).origin === address.origin ? { ...file, headers: authorization } : file,
  );
  const start = `${name.replaceAll("-", "_")}-${version}-cp3`;
  const wheels = files.filter((file) => file.name.startsWith(start) && platformTags().some((tag) => file.name.includes(tag)));
  if (wheels.length === 0)
    throw new RunError("RL_NO_WHEEL", `${page}: it has no wheel of ${name} ${version} for ${process.platform} ${process.arch}`);
  const unhashed = wheels.find(({ sha256 }) => !/^[0-9a-f]{64}$/.test(sha256));
  if (unhashed !== undefined)
    throw new RunError("RL_NO_WHEEL", `${page}: it gives no sha256 of ${unhashed.name}, expected one to check the download by`);
  return wheels;
}

function filesOfJson(text: string, page: string): Wheel[] {
  try {
    const { files } = JSON.parse(text) as {
      files: { filename: string; url: string; size?: number; hashes: { sha256?: string } }[];
    };
    if (!Array.isArray(files)) throw new Error("it has no list of files");
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
  const files = [...text.matchAll(/<a\s[^>]*href="([^"]+)"[^>]*>\s*([^<]+?)\s*<\/a>/gi)].map(([, href, name]) => {
    const url = new URL(href!.replaceAll("&amp;", "&"), page);
    const sha256 = new URLSearchParams(url.hash.slice(1)).get("sha256") ?? "";
    url.hash = "";
    return { name: name!, url: url.href, sha256, bytes: null };
  });
  if (files.some(({ name }) => /\.(whl|tar\.gz|zip)$/.test(name))) return files;
  throw new RunError("RL_INDEX", `${page}: not what a package index answers: a page without a link to a package${CHECK_INDEX}`);
}

/** Fetches a wheel over HTTPS into a file. */
export async function httpDownload(
  { url, bytes, headers }: Wheel,
  to: string,
  how: Fetching,
  progress: (done: number, total: number | null) => void,
): Promise<void> {
  const { response, alive, close } = await get(new URL(url), how, { accept: "*/*", ...headers });
  const total = bytes ?? (Number(response.headers.get("content-length")) || null);
  const file = await open(to, "w");
  let done = 0;
  try {
    alive();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      alive();
      await file.appendFile(chunk);
      progress((done += chunk.length), total);
    }
  } catch (error) {
    if (how.signal.aborted || (error as NodeJS.ErrnoException).syscall === "write") throw error;
    throw new RunError("RL_DOWNLOAD", `${url}: the download broke off after ${done} bytes: ${messageOf(error)}. Try again`, {
      cause: error,
    });
  } finally {
    close();
    await file.close();
  }
}

/** The SHA-256 of a file, in hexadecimal. */
export async function hashOf(path: string): Promise<string> {
  const sum = createHash("sha256");
  await pipeline(createReadStream(path), sum);
  return sum.digest("hex");
}

/** Throws where what was downloaded is not the file that the index described. */
export function checkHash(given: string, { name, sha256 }: Wheel): void {
  if (given !== sha256)
    throw new RunError(
      "RL_HASH",
      `${name}: what was downloaded has the sha256 ${given}, the index says ${sha256}. It was thrown away; try again, and if it stays so, don't trust the index`,
    );
}

const CHECK_INDEX = ". Check which index PIP_INDEX_URL or pip's settings name";
const SILENCE = 30_000;

/** An address to fetch, without the name and password in it, which go into a header and stay out of messages. */
function addressOf(text: string): { address: URL; authorization: Readonly<Record<string, string>> } {
  const address = URL.canParse(text) ? new URL(text) : null;
  if (address === null || !/^https?:$/.test(address.protocol))
    throw new InputError(
      "RL_INDEX",
      `package index: ${(address?.href ?? text).replace(/\/\/[^/]*@/, "//")} is not an address that can be fetched from, expected one that begins with https:// or http://${CHECK_INDEX}`,
    );
  const [name, password] = [address.username, address.password].map(decodeURIComponent) as [string, string];
  address.username = address.password = "";
  if (name === "" && password === "") return { address, authorization: {} };
  return { address, authorization: { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` } };
}

interface Connection {
  readonly response: Response;
  /** To be called whenever something arrives. */
  readonly alive: () => void;
  readonly close: () => void;
}

/** Opens a connection that is given up where nothing arrives for a while: fetch itself would wait for five minutes. */
async function get(
  address: URL,
  { signal, silence = SILENCE }: Fetching,
  headers: Readonly<Record<string, string>>,
): Promise<Connection> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(new Error(`nothing came for ${silence / 1000} s`)), silence);
  };
  const stop = () => controller.abort(signal.reason);
  const close = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  alive();
  try {
    const response = await fetch(address, { headers, signal: controller.signal });
    if (!response.ok)
      throw new RunError(
        "RL_DOWNLOAD",
        `${address.href}: answered ${`${response.status} ${response.statusText}`.trim()}${CHECK_INDEX}`,
      );
    return { response, alive, close };
  } catch (error) {
    close();
    if (signal.aborted || error instanceof RunError) throw error;
    const why = messageOf((error as { cause?: unknown }).cause ?? error);
    throw new RunError(
      "RL_NO_NETWORK",
      `${address.host}: can't be reached: ${why}. Check the network, and which index PIP_INDEX_URL or pip's settings name`,
      {
        cause: error,
      },
    );
  }
}

async function textOf({ response, close }: Connection, page: string): Promise<{ text: string; type: string }> {
  try {
    return { text: await response.text(), type: response.headers.get("content-type") ?? "" };
  } catch (error) {
    throw new RunError("RL_DOWNLOAD", `${page}: the answer broke off: ${messageOf(error)}. Try again`, { cause: error });
  } finally {
    close();
  }
}
