// Installing, from a package index on this machine with a small wheel of made-up libraries: what is fetched, checked and left behind.

import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32, deflateRawSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { installTensorflow } from "./install.ts";
import type { InstallOptions } from "./install.ts";
import { findLibraries } from "./libraries.ts";

if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
  test.skip("install: for Linux on x64 and arm64", () => {});
  test.run();
  process.exit();
}

const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
const packageName = process.arch === "arm64" ? "tensorflow" : "tensorflow-cpu";
const wheelName = `${packageName.replaceAll("-", "_")}-9.9.9-cp311-cp311-manylinux_2_27_${machine}.whl`;
const libraries = {
  "libtensorflow_framework.so.2": Buffer.from("framework ".repeat(50_000)),
  "libtensorflow_cc.so.2": Buffer.from("all the rest ".repeat(200_000)),
};

/** A zip archive; with `zip64` its sizes and places stand in 64-bit fields. */
function zip(files: Record<string, Buffer>, zip64 = false): Buffer {
  const parts: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const packed = deflateRawSync(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 8);
    local.writeUInt16LE(name.length, 26);
    parts.push(local, Buffer.from(name), packed);
    const extra = Buffer.alloc(zip64 ? 28 : 0);
    if (zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      [content.length, packed.length, offset].forEach((value, index) => extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index));
    }
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(crc32(content), 16);
    entry.writeUInt32LE(zip64 ? 0xffffffff : packed.length, 20);
    entry.writeUInt32LE(zip64 ? 0xffffffff : content.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt16LE(extra.length, 30);
    entry.writeUInt32LE(zip64 ? 0xffffffff : offset, 42);
    entries.push(entry, Buffer.from(name), extra);
    offset += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(entries);
  const end64 = Buffer.alloc(zip64 ? 76 : 0);
  if (zip64) {
    end64.writeUInt32LE(0x06064b50, 0);
    end64.writeBigUInt64LE(BigInt(Object.keys(files).length), 32);
    end64.writeBigUInt64LE(BigInt(directory.length), 40);
    end64.writeBigUInt64LE(BigInt(offset), 48);
    end64.writeUInt32LE(0x07064b50, 56);
    end64.writeBigUInt64LE(BigInt(offset + directory.length), 64);
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip64 ? 0xffff : Object.keys(files).length, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : directory.length, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  return Buffer.concat([...parts, directory, end64, end]);
}

const inWheel = (files: Record<string, Buffer>) =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`tensorflow/${name}`, content]));
const wheel = zip({ "tensorflow/__init__.py": Buffer.from("pass"), ...inWheel(libraries) });
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

interface Index {
  readonly wheel?: Buffer;
  readonly hash?: string;
  readonly html?: boolean;
  /** Closes the connection after so many bytes. */
  readonly breaksOffAt?: number;
  /** Sends so many bytes and no more, and keeps the connection. */
  readonly stallsAt?: number;
  /** Answers this in place of a list of files. */
  readonly page?: string;
  /** Asks for this name and password: name:password. */
  readonly password?: string;
  /** What the cache folder is made into before. */
  readonly prepare?: (cache: string) => void;
}

/** Installs from an index made for the purpose, into a cache folder of its own; without pip unless the test brings one. */
async function installFrom(index: Index, more: Partial<InstallOptions> = {}) {
  const cache = mkdtempSync(join(tmpdir(), "rewardlab-cache-"));
  const served = index.wheel ?? wheel;
  const hash = index.hash ?? sha256(served);
  const secret =
    index.password === undefined ? undefined : `Basic ${Buffer.from(decodeURIComponent(index.password)).toString("base64")}`;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== secret) response.writeHead(401).end();
    else if (index.page !== undefined) response.setHeader("content-type", "text/html").end(index.page);
    else if (request.url === `/simple/${packageName}/`) {
      const files = [{ filename: wheelName, url: `../../files/${wheelName}`, size: served.length, hashes: { sha256: hash } }];
      response.setHeader("content-type", index.html ? "text/html" : "application/vnd.pypi.simple.v1+json");
      response.end(
        index.html
          ? `<html><body><a href="../../files/${wheelName}#sha256=${hash}">${wheelName}</a></body></html>`
          : JSON.stringify({ files }),
      );
    } else if (request.url === `/files/${wheelName}`) {
      response.setHeader("content-length", served.length);
      if (index.stallsAt !== undefined) response.write(served.subarray(0, index.stallsAt));
      else if (index.breaksOffAt === undefined) response.end(served);
      else response.write(served.subarray(0, index.breaksOffAt), () => response.destroy());
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const before = { ...process.env };
  process.env["XDG_CACHE_HOME"] = cache;
  process.env["PIP_INDEX_URL"] =
    `http://${index.password === undefined ? "" : `${index.password}@`}127.0.0.1:${(server.address() as AddressInfo).port}/simple`;
  delete process.env["REWARDLAB_TENSORFLOW"];
  const said: string[] = [];
  index.prepare?.(cache);
  try {
    const install = () =>
      installTensorflow({
        flavour: "cpu",
        version: "9.9.9",
        pip: null,
        verify: async () => {},
        say: (line) => said.push(line),
        progress: () => {},
        signal: new AbortController().signal,
        ...more,
      });
    const first = await install().catch((error: unknown) => error as Error & { code?: string });
    const left = existsSync(join(cache, "rewardlab")) ? readdirSync(join(cache, "rewardlab", "tensorflow")).sort() : [];
    const found = findLibraries("cpu");
    const contents =
      found === null
        ? null
        : { framework: readFileSync(found.framework), main: readFileSync(found.main), installed: found.installed };
    const again = first instanceof Error ? null : await install();
    return { result: first, error: first instanceof Error ? first : null, left, contents, said, again };
  } finally {
    process.env = before;
    server.closeAllConnections();
    server.close();
    rmSync(cache, { recursive: true, force: true });
  }
}

test("install: fetches, checks, unpacks the two libraries and nothing else; a second time it only tries them", async () => {
  let tried = 0;
  const { error, left, contents, said, again } = await installFrom({}, { verify: async () => void (tried += 1) });
  assert.is(error, null);
  assert.equal(left, [`${packageName}-9.9.9`]);
  assert.ok(contents!.framework.equals(libraries["libtensorflow_framework.so.2"]));
  assert.ok(contents!.main.equals(libraries["libtensorflow_cc.so.2"]));
  assert.equal(contents!.installed, {
    package: packageName,
    version: "9.9.9",
    wheel: wheelName,
    sha256: sha256(wheel),
    files: { "libtensorflow_framework.so.2": 500_000, "libtensorflow_cc.so.2": 2_600_000 },
  });
  assert.match(said[0]!, /fetching 0 MB/); // how much, before it is done
  assert.ok(again);
  assert.is(tried, 2);
  assert.match(said.at(-1)!, /is there already, and works/);
});

test("install: what doesn't work any more is fetched anew", async () => {
  let tried = 0;
  const { error, said } = await installFrom(
    {},
    {
      verify: async () => {
        tried += 1;
        if (tried === 2) throw new Error("a file is damaged");
      },
    },
  );
  assert.is(error, null);
  assert.is(tried, 3);
  assert.match(said.join("\n"), /a file is damaged/);
});

test("install: an index with a name and password, which go to it and into no message", async () => {
  const { error, said } = await installFrom({ password: "me:se%40cret" });
  assert.is(error, null);
  assert.not.match(said.join("\n"), /se.*cret/);
  const refused = await installFrom({ password: "me:secret", page: "<html>", html: true });
  assert.not.match(refused.error!.message, /secret/);
});

test("install: an index that answers in HTML, and a zip64 archive", async () => {
  assert.is((await installFrom({ html: true })).error, null);
  const { error, contents } = await installFrom({ wheel: zip(inWheel(libraries), true) });
  assert.is(error, null);
  assert.ok(contents!.main.equals(libraries["libtensorflow_cc.so.2"]));
});

test("install: pip is used where it is there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-pip-"));
  writeFileSync(join(folder, wheelName), wheel);
  const pip = join(folder, "pip.mjs");
  writeFileSync(
    pip,
    `import { copyFileSync } from "node:fs";
     const to = process.argv[process.argv.indexOf("--dest") + 1];
     if (process.argv[2] === "download") copyFileSync(${JSON.stringify(join(folder, wheelName))}, to + "/${wheelName}"); else process.exit(1);`,
  );
  const { error, contents } = await installFrom({}, { pip: [process.execPath, pip] });
  assert.is(error, null);
  assert.ok(contents!.main.equals(libraries["libtensorflow_cc.so.2"]));
  // what pip brings is checked as well
  const wrong = await installFrom({ hash: "0".repeat(64) }, { pip: [process.execPath, pip] });
  assert.is(wrong.error?.code, "RL_HASH");
  rmSync(folder, { recursive: true });
});

test("install: where pip fails it goes over HTTP", async () => {
  const { error } = await installFrom({}, { pip: [process.execPath, "-e", "process.exit(1)"] });
  assert.is(error, null);
});

for (const [title, index, more, code, message] of [
  ["a wrong hash", { hash: "0".repeat(64) }, {}, "RL_HASH", /the index says 0000/],
  ["an index without a hash", { hash: "", html: true }, {}, "RL_NO_WHEEL", /no sha256/],
  ["a download that breaks off", { breaksOffAt: 5000 }, {}, "RL_DOWNLOAD", /broke off/],
  [
    "a download that stalls",
    { stallsAt: 1000 },
    { silence: 200 },
    "RL_DOWNLOAD",
    /broke off after 1000 bytes: nothing came for 0\.2 s/,
  ],
  ["a page of something else", { page: '<a href="/login">log in</a>' }, {}, "RL_INDEX", /not what a package index answers/],
  ["a version that isn't there", {}, { version: "9.9.8" }, "RL_NO_WHEEL", /no wheel of/],
  ["a wheel without the libraries", { wheel: zip({ "a.txt": Buffer.from("a") }) }, {}, "RL_NO_LIBRARY", /holds no tensorflow\//],
  ["a wheel that is no archive", { wheel: Buffer.alloc(3000) }, {}, "RL_ARCHIVE", /not a whole zip archive/],
  ["an archive cut short", { wheel: wheel.subarray(0, wheel.length - 60) }, {}, "RL_ARCHIVE", /not a whole zip archive/],
  [
    "libraries that don't work",
    {},
    { verify: () => Promise.reject(new Error("illegal instruction")) },
    undefined,
    /illegal instruction/,
  ],
] as const)
  test(`install: ${title} is an error, and leaves nothing`, async () => {
    const { error, left } = await installFrom(index, more);
    assert.ok(error);
    assert.is(error.code, code);
    assert.match(error.message, message);
    assert.equal(left, []);
  });

test("install: a library that unpacks to other bytes is an error", async () => {
  const damaged = Buffer.from(wheel);
  damaged.writeUInt32LE(1, damaged.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 46 + "tensorflow/__init__.py".length + 16); // its checksum
  const { error, left } = await installFrom({ wheel: damaged });
  assert.match(error!.message, /other bytes than its checksum/);
  assert.equal(left, []);
});

for (const [what, index, code, message] of [
  ["no network", "http://127.0.0.1:49/simple", "RL_NO_NETWORK", /127\.0\.0\.1:49: can't be reached: connect ECONNREFUSED/], // nobody listens there
  [
    "an index that is no address",
    "nonsense",
    "RL_INDEX",
    /package index: nonsense is not an address.*expected one that begins with https:/,
  ],
  ["an index in a folder", "file:///simple", "RL_INDEX", /package index: file:\/\/\/simple is not an address/],
  ["no index and no pip", undefined, "RL_NO_INDEX", /no package index is configured.*set PIP_INDEX_URL/],
] as const)
  test(`install: ${what} is an error that says so`, async () => {
    const before = { ...process.env };
    const cache = mkdtempSync(join(tmpdir(), "rewardlab-cache-"));
    for (const name of ["PIP_INDEX_URL", "UV_INDEX_URL"]) delete process.env[name];
    if (index !== undefined) process.env["PIP_INDEX_URL"] = index;
    process.env["XDG_CACHE_HOME"] = cache;
    try {
      await installTensorflow({
        flavour: "cpu",
        pip: null,
        verify: async () => {},
        say: () => {},
        progress: () => {},
        signal: new AbortController().signal,
      });
      assert.unreachable();
    } catch (error) {
      assert.is((error as { code: string }).code, code);
      assert.match((error as Error).message, message);
    } finally {
      process.env = before;
      rmSync(cache, { recursive: true });
    }
  });

test("install: interrupted while it tries the libraries, it leaves nothing", async () => {
  const controller = new AbortController();
  const { error, left } = await installFrom(
    {},
    {
      signal: controller.signal,
      verify: async () => {
        controller.abort();
        throw new Error("ended by SIGINT");
      },
    },
  );
  assert.is(error?.name, "Interrupted");
  assert.equal(left, []);
});

test("install: two at the same time: the second waits, and takes what the first made", async () => {
  const lines: string[] = [];
  let tried = 0;
  const second: { done?: Promise<unknown> } = {};
  const options = {
    flavour: "cpu",
    version: "9.9.9",
    pip: null,
    say: (line: string) => void lines.push(line),
    progress: () => {},
    signal: new AbortController().signal,
  } as const;
  const { error, left } = await installFrom(
    {},
    {
      verify: async () => {
        tried += 1;
        if (tried > 1) return void (await second.done); // when what the first made is tried again
        second.done = installTensorflow({ ...options, verify: async () => {} });
        while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      },
    },
  );
  assert.is(error, null);
  assert.match(lines[0]!, /Another installation is at work/);
  assert.match(lines[1]!, /is there already/);
  assert.is(lines.length, 2);
  assert.equal(
    left.filter((name) => !name.startsWith(".")),
    [`${packageName}-9.9.9`],
  );
});

test("install: interrupted while it unpacks, it stops there", async () => {
  const controller = new AbortController();
  let tried = false;
  const { error, left } = await installFrom(
    {},
    {
      signal: controller.signal,
      progress: (line) => line.startsWith("checking") && controller.abort(),
      verify: async () => void (tried = true),
    },
  );
  assert.is(error?.name, "Interrupted");
  assert.is(tried, false);
  assert.equal(left, []);
});

test("install: a disk that fills while unpacking is an error that says so, and leaves nothing", () => {
  // A limit on the size of a file does what a full disk does, at a place of our choosing: between the first library and the second.
  const { stdout } = spawnSync(
    "sh",
    ["-c", `ulimit -f 2000; exec "$0" "$@"`, process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)],
    { encoding: "utf8", env: { ...process.env, REWARDLAB_TEST_FULL_DISK: "1" } },
  );
  assert.equal(JSON.parse(stdout.trim().split("\n").at(-1)!), { code: "RL_DISK_FULL", left: [] });
});

if (process.env["REWARDLAB_TEST_FULL_DISK"] === "1") {
  process.on("SIGXFSZ", () => {});
  const { error, left } = await installFrom({});
  console.log(JSON.stringify({ code: error?.code, left }));
  process.exit();
}
test.run();
