import type { RunError } from "@rewardlab/core";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { NpmSettings } from "./npm-settings.ts";
import { plain, searchPlugins } from "./registry-search.ts";

/** Registries that answer as told, on ports of this machine. */
async function withRegistry(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  then: (registry: string) => Promise<void>,
): Promise<void> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await then(`http://127.0.0.1:${(server.address() as AddressInfo).port}/npm/`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const settings = (registry: string, more: Partial<NpmSettings> = {}): NpmSettings => ({
  registry,
  scopes: new Map(),
  authorization: () => null,
  ca: null,
  strict: true,
  proxy: null,
  ...more,
});
const found = (name: string, more: object = {}) => ({
  package: {
    name,
    version: "1.0.0",
    description: `about ${name}`,
    keywords: ["rewardlab-plugin"],
    date: "2026-11-01T10:00:00Z",
    ...more,
  },
});
const json = (objects: readonly object[]) => (_request: IncomingMessage, response: ServerResponse) =>
  void response.end(JSON.stringify({ objects }));

async function refused(registry: string, message: RegExp, seconds = 5, more: Partial<NpmSettings> = {}): Promise<void> {
  const error = await searchPlugins([], settings(registry, more), seconds).catch((reason: unknown) => reason);
  assert.instance(error, Error);
  assert.is((error as RunError).code, "RL_REGISTRY");
  assert.match((error as RunError).message, message);
}

test("search: asks for keyword and words, with what the registry wants to know of who asks", async () => {
  const asked: unknown[] = [];
  await withRegistry(
    (request, response) => {
      const { pathname, searchParams } = new URL(request.url!, "http://x");
      asked.push([pathname, searchParams.get("text"), request.headers.authorization]);
      json([found("one"), found("two", { description: "Ranks" })])(request, response);
    },
    async (registry) => {
      const authorization = (whose: string) => (whose === registry ? "Bearer abc" : null);
      const packages = await searchPlugins(["ranks"], settings(registry, { authorization }), 5);
      assert.equal(packages, [
        { name: "two", version: "1.0.0", description: "Ranks", date: "2026-11-01T10:00:00.000Z", registry },
      ]);
    },
  );
  assert.equal(asked, [["/npm/-/v1/search", "keywords:rewardlab-plugin ranks", "Bearer abc"]]);
});

test("search: a registry that doesn't know keywords: is asked in plain words; others' packages are left out", async () => {
  const others = [found("other", { keywords: ["x"] }), found("none", { keywords: null })];
  // as verdaccio 6.10.4 answers
  const ranks = {
    name: "ranks",
    "dist-tags": { latest: "1.2.3" },
    keywords: ["rewardlab-plugin"],
    time: { modified: "2026-12-01T00:28:21.133Z" },
  };
  await withRegistry(
    (request, response) => {
      const text = new URL(request.url!, "http://x").searchParams.get("text")!;
      json(text === "rewardlab-plugin" ? [found("one"), { package: ranks }, ...others] : [])(request, response);
    },
    async (registry) => {
      const all = await searchPlugins([], settings(registry), 5);
      assert.equal(all.map(({ name }) => name), ["one", "ranks"]); // prettier-ignore
      assert.equal(await searchPlugins(["Rank"], settings(registry), 5), [
        { name: "ranks", version: "1.2.3", description: "", date: "2026-12-01T00:28:21.133Z", registry },
      ]);
    },
  );
});

test("search: a scope's packages come from its own registry, as npm would install them", async () => {
  await withRegistry(json([found("@you/fake"), found("plain")]), (everybodys) =>
    withRegistry(json([found("@you/real"), found("plain-too")]), async (yours) => {
      const packages = await searchPlugins([], settings(everybodys, { scopes: new Map([["@you", yours]]) }), 5);
      assert.equal(packages.map(({ name, registry }) => [name, registry]), [["plain", everybodys], ["@you/real", yours]]); // prettier-ignore
    }),
  );
});

test("search: what strangers wrote can't act on a terminal", async () => {
  const nasty = "\u001b[31mred\u001b[0m\r\n\u0007 \u202Eright\u2066 to left\u200B \u009b2J";
  assert.is(plain(nasty), "[31mred [0m right to left 2J");
  assert.is([...plain("é".repeat(500))].length, 160);
  assert.is(plain({ toString: () => "x" }), "");
  await withRegistry(
    json([
      found("one", { description: nasty, version: "1\n2", date: "never" }),
      found("../../etc\u001b"),
      found("A B"),
      { package: null },
      null as never,
    ]),
    async (registry) => {
      const [one, ...more] = await searchPlugins([], settings(registry), 5);
      assert.equal([one!.description, one!.version, one!.date, more], ["[31mred [0m right to left 2J", "1 2", null, []]);
    },
  );
});

test("search: a registry that is away, slow, refuses, or answers something else is told", async () => {
  await refused(
    "http://127.0.0.1:49/",
    /^http:\/\/127\.0\.0\.1:49\/ can't be reached: connect ECONNREFUSED .*Is this machine offline\?.*npm config get registry\)\.$/,
  );
  await refused("http://127.0.0.1:49/", /names? a proxy, which this command doesn't use/, 5, { proxy: "http://proxy" });
  await refused("ftp://x/", /^npm's setting registry is ftp:\/\/x\/, expected an address/);
  const answers: readonly [(request: IncomingMessage, response: ServerResponse) => void, RegExp][] = [
    [() => {}, /can't be reached: no answer for 0\.2 s\./],
    [(_request, response) => void response.writeHead(404).end(), /answers a search with 404: it seems to have none$/],
    [(_request, response) => void response.writeHead(401).end(), /refuses to search \(401\): npm login --registry http/],
    [(_request, response) => void response.writeHead(302, { location: "/else" }).end(), /answers a search with 302$/],
    [(_request, response) => void response.end("<html>"), /something else than JSON$/],
    [(_request, response) => void response.end("[]"), /something else than packages/],
    [(_request, response) => void response.end("x".repeat(6_000_000)), /longer than 5 MB/],
    [(request) => void request.socket.destroy(), /can't be reached: socket hang up/],
  ];
  for (const [answer, message] of answers)
    await withRegistry(answer, (registry) => refused(registry, message, message.source.includes("no answer") ? 0.2 : 10));
});

test.run();
