import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { createResolver } from "../experiment/resolve.ts";
import { treeOf } from "../experiment/tree.ts";
import { InputError, isInputError } from "@rewardlab/storage";
import { token } from "../services/token.ts";
import { fixedJudge, Judge, judged, judgePlugin } from "../testing/judge.ts";
import { reward } from "./component.ts";
import { createContainer } from "./container.ts";
import type { Container } from "./container.ts";
import { endOf } from "./lifetime.ts";
import { buildRegistry } from "./registry.ts";
import type { Plugin } from "./plugin.ts";
import { provide } from "./service.ts";
import type { Service, Services } from "./service.ts";
import { slot } from "./slots.ts";

const registryOf = (plugin: Plugin) => buildRegistry([{ plugin, version: "1", integrity: null }]);
const two = { responses: ["a", "b"], items: [] };
const origin = { from: "flag", text: "test" } as const;

/** A process with these services, and what an experiment would have resolved. */
function processWith(plugin: Plugin) {
  const registry = registryOf(plugin);
  const resolver = createResolver(registry);
  const container = createContainer(registry);
  const chosen = (written: Readonly<Record<string, unknown>>): Services => {
    const found = Object.entries(written).map(([name, value]) => [
      name,
      resolver.service(name, treeOf(value, origin), `services.${name}`)!,
    ]);
    assert.equal(resolver.problems, []);
    return Object.fromEntries(found) as Services;
  };
  const rule = (from: Container, value: unknown = "judged", place?: string) => {
    const resolved = resolver.slot("reward", treeOf(value, origin), "")!;
    return from.create(resolved, place);
  };
  return { container, chosen, rule };
}

interface Log {
  write(text: string): void;
}
const Log = token<Log>("log", { methods: ["write"] });

test("services: one for all components of a run, made when it is first asked for; another run has its own", () => {
  const events: string[] = [];
  const { container, chosen, rule } = processWith(judgePlugin([fixedJudge("kind", events)]));
  const [first, second] = [
    container.child(chosen({ judge: "kind" })),
    container.child(chosen({ judge: { use: "kind", verdict: 3 } })),
  ];
  assert.equal(events, []);
  assert.equal(
    [rule(first).score(two), rule(first).score(two)],
    [
      [1, 1],
      [1, 1],
    ],
  );
  assert.equal(events, ["kind made"]);
  assert.equal(rule(second).score(two), [3, 3]);
  assert.equal(events, ["kind made", "kind made"]);
  assert.is.not(first.get(Judge), second.get(Judge));
});

test("services: one of the process is shared by its runs, and by other options it is another", async () => {
  const events: string[] = [];
  const { container, chosen } = processWith(judgePlugin([fixedJudge("kind", events, "process")]));
  const runs = ["kind", { use: "kind" }, { use: "kind", verdict: 3 }].map((judge) => container.child(chosen({ judge })));
  const judges = runs.map((run) => run.get(Judge));
  assert.is(judges[0], judges[1]);
  assert.equal(
    judges.map((judge) => judge.ask("")),
    [1, 1, 3],
  );
  for (const run of runs) assert.equal(await run.dispose(), []);
  assert.equal(events, ["kind made", "kind made"]); // the runs' end is not the process's
  await container.dispose();
  assert.equal(events.slice(2), ["kind ended", "kind ended"]);
});

/** A chain of services, each of which needs the next. */
function linked(names: readonly string[], events: string[], last: Partial<Service> = {}): Service[] {
  return names.map((name, index) => {
    const next = names[index + 1];
    const made = provide(token<object>(name), {
      name: `${name}-1`,
      summary: "one of a chain",
      scope: "run",
      options: z.strictObject({}),
      ...(next === undefined ? {} : { inject: { next: token<object>(next) } }),
      create: () => {
        events.push(`${name} made`);
        return {};
      },
      dispose: () => void events.push(`${name} ended`),
    });
    return next === undefined ? { ...made, ...last } : made;
  });
}
const startsChain = reward({
  name: "starts",
  summary: "asks for the first of a chain",
  options: z.strictObject({}),
  inject: { first: token<object>("a") },
  create: () => ({ score: () => [] }),
});

test("services: what one needs is made before it and ended after it", async () => {
  const events: string[] = [];
  const { container, chosen, rule } = processWith(judgePlugin(linked(["a", "b", "c"], events), [startsChain]));
  const run = container.child(chosen({ a: "a-1", b: "b-1", c: "c-1" }));
  rule(run, "starts");
  assert.equal(await run.dispose(), []);
  assert.equal(events, ["c made", "b made", "a made", "a ended", "b ended", "c ended"]);
  assert.equal(await run.dispose(), []);
  assert.is(events.length, 6); // once
  assert.throws(() => run.get(Judge), /disposed/);
});

test("services: a dispose that throws, or never comes back, is told, and the others are ended all the same", async () => {
  const events: string[] = [];
  const throwing = { dispose: () => Promise.reject(new Error("the line is dead")) };
  const { container, chosen, rule } = processWith(judgePlugin(linked(["a", "b"], events, throwing), [startsChain]));
  rule(container.child(chosen({ a: "a-1", b: "b-1" })), "starts");
  // the end of the process is the end of a run that nobody ended
  assert.equal(await container.dispose(), ["judges: service b (b-1): dispose failed: the line is dead"]);
  assert.equal(events, ["b made", "a made", "a ended"]);
  const life = endOf(null, 0.01);
  life.add("x", () => void events.push("x ended"));
  life.add("slow", () => new Promise(() => {}));
  assert.equal(await life.end(), ["slow: dispose failed: it took more than 0.01 s"]);
  assert.is(events.at(-1), "x ended");
});

test("services: what its methods throw is told with package, token, name and method; what asks it is not blamed", async () => {
  const failing = (ask: () => number) =>
    provide(Judge, { name: "kind", summary: "for tests", scope: "run", options: z.strictObject({}), create: () => ({ ask }) });
  const said = (ask: () => number) => {
    const { container, chosen, rule } = processWith(judgePlugin([failing(ask)]));
    return () => rule(container.child(chosen({ judge: "kind" }))).score(two);
  };
  const broken = () => (undefined as unknown as string).length;
  assert.throws(said(broken), /^judges: service judge \(kind\): ask: TypeError: Cannot read properties of undefined/);
  const away = () => {
    throw new InputError("RL_JUDGE", "is away");
  };
  try {
    said(away)();
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, "judges: service judge (kind): ask: is away");
    assert.ok(isInputError(error) && error.code === "RL_JUDGE");
  }
});

test("services: one of any make works as it does by itself: a class with private fields, a frozen object, a Map, a function", async () => {
  class Counter {
    #count = 0;
    label = "none";
    get count() {
      return this.#count;
    }
    set count(value: number) {
      this.#count = value;
    }
    async add() {
      await Promise.resolve();
      return ++this.#count;
    }
    said() {
      return `${this.label} ${this.#count}`;
    }
  }
  const made = <T>(name: string, service: T): T => {
    const key = token<T>(name);
    const own = provide(key, {
      name: "mine",
      summary: "for tests",
      scope: "run",
      options: z.strictObject({}),
      create: () => service,
    });
    const { container, chosen } = processWith({ name: "judges", api: "^1", services: [own] });
    return container.child(chosen({ [name]: "mine" })).get(key);
  };
  const counter = made("counter", new Counter());
  assert.is(await counter.add(), 1);
  counter.label = "ours";
  counter.count += 5;
  assert.equal([counter.said(), counter.count, counter.label], ["ours 6", 6, "ours"]);
  assert.instance(counter, Counter);
  assert.is(made("frozen", Object.freeze({ twice: (x: number) => 2 * x })).twice(4), 8);
  const map = made("map", new Map([["a", 1]]));
  assert.equal([map.get("a"), map.size, [...map]], [1, 1, [["a", 1]]]);
  assert.is(made("clock", () => 7)(), 7);
  assert.is(made("address", "here"), "here");
});

test("services: a circle is told by its names", () => {
  const circle = linked(["a", "b"], [], { inject: { back: token<object>("a") } });
  const { container, chosen, rule } = processWith(judgePlugin(circle, [startsChain]));
  assert.throws(
    () => rule(container.child(chosen({ a: "a-1", b: "b-1" })), "starts"),
    /services: each of these needs the next: a \(a-1\) → b \(b-1\) → a \(a-1\)/,
  );
});

const keeping = reward({
  name: "keeping",
  summary: "says where it stands",
  options: z.strictObject({ inner: slot("reward").nullable().default(null) }),
  inject: { log: Log },
  create: (_options, { log }) => {
    log.write("made");
    return { score: () => [] };
  },
});

test("services: each component has its own of what is provided for each, by its place; made only where it is asked for", () => {
  const written: string[] = [];
  const { container, rule } = processWith(judgePlugin([fixedJudge("kind")], [keeping, judged]));
  container.provideEach(Log, (place) => {
    written.push(`for ${place}`);
    return { write: (text) => void written.push(`${place} ${text}`) };
  });
  const run = container.child();
  rule(run, { use: "keeping", inner: "keeping" }, "rl.reward");
  assert.equal(written, ["for rl.reward.inner", "rl.reward.inner made", "for rl.reward", "rl.reward made"]);
  run.provide(Judge, { ask: () => 1 });
  rule(run, "judged", "elsewhere");
  assert.is(written.length, 4);
  assert.throws(() => run.get(Log), /service log/); // a run has none
});

test("services: one that lives longer than what it asks for is refused", () => {
  const longer = provide(Judge, {
    name: "longer",
    summary: "for tests",
    scope: "run",
    options: z.strictObject({}),
    inject: { log: Log },
    create: () => ({ ask: () => 1 }),
  });
  const { container, chosen } = processWith(judgePlugin([longer]));
  container.provideEach(Log, () => ({ write: () => {} }));
  assert.throws(() => container.child(chosen({ judge: "longer" })).get(Judge), /service log: it is a component's own/);
  const process = processWith(judgePlugin([{ ...longer, scope: "process" }]));
  const run = process.container.child(process.chosen({ judge: "longer" }));
  run.provide(Log, { write: () => {} }); // the run has one, the process hasn't
  assert.throws(() => run.get(Judge), /longer is a service of the whole process, and log belongs to a run/);
});

test("services: what isn't one is told where it is made", () => {
  const giving = (made: unknown) => {
    const odd: Service = { ...fixedJudge("odd"), create: () => made };
    const { container, chosen } = processWith(judgePlugin([odd]));
    return () => container.child(chosen({ judge: "odd" })).get(Judge);
  };
  assert.throws(giving(null), /judges: service judge \(odd\): create gave null, expected a service judge with ask/);
  assert.throws(giving(Promise.resolve({ ask: () => 1 })), /create gave a promise; create must give the service itself/);
  assert.throws(giving({ asks: () => 1 }), /create gave something without ask, expected a service judge with ask/);
  const { container } = processWith(judgePlugin([]));
  assert.throws(() => container.provide(Judge, {} as never), /what was provided something without ask/);
});

test("services: that none is there names who asks, and what the experiment may write", () => {
  const none = processWith(judgePlugin([]));
  assert.throws(() => none.rule(none.container.child()), /judges: reward judged: .*service judge: no plugin here brings one/);
  const several = processWith(judgePlugin([fixedJudge("kind"), fixedJudge("strict")]));
  assert.throws(
    () => several.rule(several.container.child()),
    /service judge: there are kind \(judges\), strict \(judges\); the experiment may name one, services: \{ judge: kind \}/,
  );
});

test.run();
