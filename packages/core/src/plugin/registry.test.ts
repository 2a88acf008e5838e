import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { algorithm, reward } from "./component.ts";
import { definePlugin } from "./plugin.ts";
import type { Plugin } from "./plugin.ts";
import { buildRegistry, checkPlugin, PluginError } from "./registry.ts";

const rule = (name: string) =>
  reward({ name, summary: "for tests", options: z.strictObject({}), create: () => ({ score: () => [] }) });
const method = (name: string) => algorithm({ name, summary: "for tests", source: "", presets: { only: {} } });
const registered = (...plugins: unknown[]) =>
  buildRegistry(plugins.map((plugin) => ({ plugin: plugin as Plugin, version: "1", integrity: null })));

function refused(message: RegExp, ...plugins: unknown[]): void {
  try {
    registered(...plugins);
  } catch (error) {
    assert.instance(error, PluginError);
    assert.match((error as PluginError).message, message);
    return;
  }
  assert.unreachable("it was accepted");
}

test("registry: finds by kind and name, knows who brought what", () => {
  const registry = registered(
    definePlugin({ name: "one", api: "^1", components: [rule("r")] }),
    definePlugin({ name: "two", api: "1.x", algorithms: [method("r")] }),
  );
  assert.is(registry.component("reward", "r")?.name, "r");
  assert.is(registry.component("model", "r"), undefined);
  assert.is(registry.algorithm("r")?.name, "r"); // another kind may use the name
  assert.equal([registry.names("reward"), registry.names("algorithm"), registry.names("model")], [["r"], ["r"], []]);
  assert.equal([registry.ownerOf("reward", "r"), registry.ownerOf("algorithm", "r")], ["one", "two"]);
});

test("registry: a name that is taken, both packages named", () => {
  refused(
    /plugin two: brings reward "r", which one has brought already\. Leave one/,
    { name: "one", api: "^1", components: [rule("r")] },
    { name: "two", api: "^1", components: [rule("r")] },
  );
  refused(
    /plugin two: brings algorithm "a", which one/,
    { name: "one", api: "^1", algorithms: [method("a")] },
    { name: "two", api: "^1", algorithms: [method("a")] },
  );
});

test("registry: a plugin for another interface", () => {
  refused(
    /plugin old: was written for plugin interface "\^0\.3", this RewardLab speaks 1\.0\.0\. Install a version of old for it\./,
    { name: "old", api: "^0.3" },
  );
  refused(/plugin odd: was written for plugin interface "latest please"/, { name: "odd", api: "latest please" });
});

test("registry: what is no plugin", () => {
  const wrong: readonly (readonly [unknown, string])[] = [
    [undefined, "missing"],
    [null, "null"],
    [3, "3"],
    ["x", '"x"'],
    [{}, "an object with nothing in it, without name and api as text"],
    [{ name: "x" }, "an object with name, without api as text"],
    [() => {}, "a function"],
    [[], "a list"],
    [Promise.resolve(), "a promise"],
  ];
  for (const [given, told] of wrong)
    refused(new RegExp(`: its default export is ${told}, expected what definePlugin\\(\\{ name, api, … \\}\\) returns$`), given);
  refused(/plugin x: its components: \{.*is given, expected a list/, { name: "x", api: "^1", components: rule("r") });
  refused(/plugin x: reward "r": its create is undefined, expected a function/, {
    name: "x",
    api: "^1",
    components: [{ kind: "reward", name: "r" }],
  });
  refused(/plugin x: its components: the one at 0 is null, expected what/, { name: "x", api: "^1", components: [null] });
  refused(/plugin x: algorithm "a": its presets are \{\}, expected .* with one variant at least/, {
    name: "x",
    api: "^1",
    algorithms: [{ name: "a", presets: {} }],
  });
});

test("registry: the error calls a plugin as the experiment lists it", () => {
  assert.throws(
    () => checkPlugin(undefined, "listed-name"),
    (error: unknown) => error instanceof PluginError && error.failures[0]!.plugin === "listed-name",
  );
});

test.run();
