import { InputError, messageOf, RunError } from "@rewardlab/core";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { PLUGIN_KEYWORD } from "./installed.ts";
import type { NpmSettings } from "./npm-settings.ts";

/** A package that a registry has found. All of it was written by whoever published it: texts are made fit for a terminal. */
export interface FoundPackage {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** When it was published; null: not told. */
  readonly date: string | null;
  readonly registry: string;
}

/** As many as npm's registry gives at once. */
const MOST = 250;
const LARGEST_ANSWER = 5_000_000;
const NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]{0,213}$/;

/** Searches the registries that npm would install from, that of each scope too, for plugins with all these words. Throws a `RunError` where one can't be asked. */
export async function searchPlugins(words: readonly string[], settings: NpmSettings, seconds: number): Promise<FoundPackage[]> {
  const registries = [...new Set([settings.registry, ...settings.scopes.values()])];
  const found = await Promise.all(registries.map((registry) => searchOne(registry, words, settings, seconds)));
  // What npm would install: a package of a scope with a registry of its own comes from there.
  const home = (name: string) => settings.scopes.get(name.split("/")[0]!) ?? settings.registry;
  const all = found.flat().filter(({ name, registry }) => home(name) === registry);
  return [...new Map(all.map((one) => [one.name, one])).values()];
}

async function searchOne(
  registry: string,
  words: readonly string[],
  settings: NpmSettings,
  seconds: number,
): Promise<FoundPackage[]> {
  // npm's own registry knows `keywords:`; others, verdaccio among them, look for plain words, so what they give is looked through.
  for (const text of [[`keywords:${PLUGIN_KEYWORD}`, ...words].join(" "), PLUGIN_KEYWORD]) {
    const address = new URL("-/v1/search", addressOf(registry));
    address.searchParams.set("text", text);
    address.searchParams.set("size", String(MOST));
    const answer = await ask(address, registry, settings, seconds);
    const plugins = packagesIn(answer, registry).filter((one) => matches(one, words));
    if (plugins.length > 0) return plugins.map(({ keywords: _keywords, ...one }) => one);
  }
  return [];
}

function addressOf(registry: string): URL {
  const address = URL.canParse(registry) ? new URL(registry) : null;
  if (address?.protocol === "https:" || address?.protocol === "http:") return address;
  throw new InputError(
    "RL_REGISTRY",
    `npm's setting registry is ${plain(registry)}, expected an address such as https://registry.npmjs.org/`,
  );
}

type Searched = FoundPackage & { readonly keywords: readonly string[] };

function matches({ name, description, keywords }: Searched, words: readonly string[]): boolean {
  const text = [name, description, ...keywords].join(" ").toLowerCase();
  return keywords.includes(PLUGIN_KEYWORD) && words.every((word) => text.includes(word.toLowerCase()));
}

function packagesIn(answer: unknown, registry: string): Searched[] {
  const { objects } = (answer ?? {}) as { objects?: unknown };
  if (!Array.isArray(objects))
    throw new RunError(
      "RL_REGISTRY",
      `${registry} answers a search with something else than packages: expected { "objects": [ … ] }`,
    );
  return objects.slice(0, MOST).flatMap((one: unknown): Searched[] => {
    const { name, version, description, date, keywords, ...more } = ((one as { package?: unknown } | null)?.package ??
      {}) as Record<string, unknown>;
    if (typeof name !== "string" || !NAME.test(name)) return [];
    return [
      {
        name,
        version: plain(version ?? inside(more["dist-tags"], "latest")), // so verdaccio says it
        description: plain(description),
        date: dateOf(date ?? inside(more.time, "modified")),
        registry,
        keywords: Array.isArray(keywords) ? keywords.map(plain) : [],
      },
    ];
  });
}

function inside(map: unknown, key: string): unknown {
  return typeof map === "object" && map !== null ? (map as Record<string, unknown>)[key] : undefined;
}

function dateOf(text: unknown): string | null {
  return typeof text === "string" && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : null;
}

/** A stranger's text as one short line: nothing in it can move the cursor, colour, or turn the direction of what follows. */
export function plain(value: unknown): string {
  if (typeof value !== "string") return "";
  const line = value
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  const letters = [...line];
  return letters.length <= 160 ? line : `${letters.slice(0, 159).join("")}…`;
}

async function ask(address: URL, registry: string, settings: NpmSettings, seconds: number): Promise<unknown> {
  let answer: { status: number; text: string };
  try {
    answer = await get(address, settings, settings.authorization(registry), seconds);
  } catch (error) {
    const proxy =
      settings.proxy === null
        ? ""
        : ` npm's settings name a proxy, which this command doesn't use: npm search keywords:${PLUGIN_KEYWORD} does.`;
    throw new RunError(
      "RL_REGISTRY",
      `${registry} can't be reached: ${plain(messageOf(error)) || String((error as { code?: unknown }).code)}. Is this machine offline? Which registry is asked, npm's settings say (npm config get registry).${proxy}`,
      { cause: error },
    );
  }
  const { status, text } = answer;
  if (status === 401 || status === 403)
    throw new RunError("RL_REGISTRY", `${registry} refuses to search (${status}): npm login --registry ${registry}`);
  if (status !== 200)
    throw new RunError(
      "RL_REGISTRY",
      `${registry} answers a search with ${status}${status === 404 || status === 405 ? ": it seems to have none" : ""}`,
    );
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new RunError("RL_REGISTRY", `${registry} answers a search with something else than JSON`, { cause: error });
  }
}

/** With npm's certificates, which fetch can't be given. Follows no redirection: an answer from elsewhere is none of the registry's. */
function get(
  address: URL,
  { ca, strict }: NpmSettings,
  authorization: string | null,
  seconds: number,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { accept: "application/json", ...(authorization === null ? {} : { authorization }) };
    const signal = AbortSignal.timeout(seconds * 1000);
    const options = { headers, signal, rejectUnauthorized: strict, ...(ca === null ? {} : { ca }) };
    const failed = (error: Error) => reject(signal.aborted ? new Error(`no answer for ${seconds} s`) : error);
    const request = (address.protocol === "https:" ? secureRequest : plainRequest)(address, options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        if (text.length > LARGEST_ANSWER) response.destroy(new Error(`its answer is longer than ${LARGEST_ANSWER / 1e6} MB`));
      });
      response.on("error", failed);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on("error", failed);
    request.end();
  });
}
