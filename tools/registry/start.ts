// A registry of our own on loopback, for tests: verdaccio, which takes everything it doesn't have from the registry that npm is set to.

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const own = fileURLToPath(new URL(".", import.meta.url));
const windows = process.platform === "win32";

export interface TestRegistry {
  readonly url: string;
  /** An .npmrc that sends npm, pnpm and npx there, with a token that it takes. */
  readonly npmrc: string;
  stop(): Promise<void>;
}

/** The registry that npm is set to here. */
export function configuredRegistry(): string {
  return npmText("config", "get", "registry");
}

/** Why npm's registry can't be reached from here; undefined where it can. */
export async function whyNoNpm(): Promise<string | undefined> {
  try {
    const { status } = await fetch(new URL("semver", withSlash(configuredRegistry())), {
      method: "HEAD",
      signal: AbortSignal.timeout(10_000),
    });
    return status < 500 ? undefined : `it answers ${status}`;
  } catch (error) {
    const { cause, message } = error as Error;
    return cause instanceof Error ? cause.message : message;
  }
}

/**
 * Starts it on a free port with an empty storage. Verdaccio isn't a dependency of this repository (58 MB, which only this needs): it is installed from the lockfile
 * beside this file, with the integrity of each package, into node_modules/.cache once. `say` gets what is done.
 */
export async function startRegistry(say: (what: string) => void): Promise<TestRegistry> {
  const verdaccio = installed(say);
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-registry-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const npmrc = join(folder, "npmrc");
  writeFileSync(
    npmrc,
    `registry=${url}\n//127.0.0.1:${port}/:_authToken=made-up\nfund=false\naudit=false\nupdate-notifier=false\n`,
  );
  const config = join(folder, "config.json"); // YAML takes JSON
  writeFileSync(config, JSON.stringify(configuration(folder)));
  const child = spawn(
    process.execPath,
    [join(verdaccio, "bin", "verdaccio"), "--config", config, "--listen", `127.0.0.1:${port}`],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => void (output += text));
  const exited = new Promise<void>((done) => void child.once("exit", () => done()));
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async () => {
    kill();
    await exited;
    process.removeListener("exit", kill);
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; !(await answers(url)); tries++) {
    if (child.exitCode !== null || tries === 300) {
      await stop();
      throw new Error(`the registry did not start on ${url}: ${output.trim().slice(-2000) || "it said nothing"}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  say(`a registry listens on ${url}`);
  return { url, npmrc, stop };
}

/** Anybody may publish anything: it lives as long as a test, and nobody else's machine reaches it. */
function configuration(folder: string): object {
  return {
    storage: join(folder, "storage"),
    auth: { htpasswd: { file: join(folder, "htpasswd") } },
    uplinks: { npm: { url: configuredRegistry(), maxage: "60m", timeout: "60s", max_fails: 20 } },
    packages: {
      "@rewardlab/*": { access: "$all", publish: "$all", unpublish: "$all" }, // never from elsewhere
      "rewardlab-plugin-*": { access: "$all", publish: "$all", unpublish: "$all" },
      "**": { access: "$all", publish: "$all", proxy: "npm" },
    },
    max_body_size: "100mb",
    web: { enable: false },
    log: { type: "stdout", format: "pretty", level: "error", colors: false },
  };
}

/** Its folder. Installed beside its place and moved there, so that one that was interrupted isn't taken for it. */
function installed(say: (what: string) => void): string {
  const lock = readFileSync(join(own, "package-lock.json"));
  const key = createHash("sha256").update(lock).digest("hex").slice(0, 12);
  const cache = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url));
  const place = join(cache, `registry-${key}`);
  const verdaccio = join(place, "node_modules", "verdaccio");
  if (existsSync(verdaccio)) return verdaccio;
  say("installing verdaccio (once)");
  mkdirSync(cache, { recursive: true });
  const making = mkdtempSync(join(cache, "registry-"));
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(own, file), join(making, file));
  const result = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: making,
    encoding: "utf8",
    shell: windows,
  });
  if (result.status !== 0) {
    rmSync(making, { recursive: true, force: true });
    throw new Error(`verdaccio could not be installed: ${result.stderr.trim()}`);
  }
  try {
    renameSync(making, place);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(verdaccio)) throw error; // another process was faster, otherwise
  }
  return verdaccio;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(new URL("-/ping", url), { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

function npmText(...args: string[]): string {
  const { stdout, stderr, status } = spawnSync("npm", args, { encoding: "utf8", shell: windows });
  if (status !== 0) throw new Error(`npm ${args.join(" ")}: ${stderr.trim()}`);
  return stdout.trim();
}

const withSlash = (url: string): string => (url.endsWith("/") ? url : `${url}/`);
