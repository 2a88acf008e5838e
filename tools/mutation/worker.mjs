// A process that loads test files once and runs their tests again and again, each time with another mutant. It is told what to do by its parent.

import { register } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [root, folder] = process.argv.slice(2);
const mutation = (globalThis.$mutation = { active: -1, hits: new Uint8Array(1 << 16), suites: [] });
register("./hooks.mjs", import.meta.url, { data: { root, folder } });

/** What was thrown where nobody waited for it, since a test began. */
let stray = null;
for (const event of ["unhandledRejection", "uncaughtException"]) process.on(event, (error) => (stray ??= { error }));

const loaded = new Map();
let freshly = 0;

/** A test file's suites: as they were loaded first, or anew with all that the file imports from the packages. */
async function suitesOf(file, fresh) {
  if (!fresh && loaded.has(file)) return loaded.get(file);
  mutation.suites = [];
  await import(`${pathToFileURL(join(root, file)).href}${fresh ? `?${(freshly += 1)}` : ""}`);
  const suites = mutation.suites;
  if (!fresh) loaded.set(file, suites);
  return suites;
}

/** Runs the tests with these numbers (all: null), in order; `ended` sees each, and says whether to go on. */
async function runTests(suites, numbers, ended) {
  let number = -1;
  for (const { state, tests, before, after, beforeEach, afterEach } of suites) {
    const own = tests
      .map((test) => ({ ...test, number: (number += 1) }))
      .filter((one) => numbers === null || numbers.includes(one.number));
    if (own.length === 0) continue;
    let goesOn = true;
    try {
      for (const hook of before) await hook(state);
      for (const test of own) {
        const began = ownTime();
        let failed = null;
        stray = null;
        try {
          for (const hook of beforeEach) await hook(state);
          await test.handler(state);
          for (const hook of afterEach) await hook(state);
        } catch (error) {
          failed = { error };
          for (const hook of afterEach) await Promise.resolve(hook(state)).catch(() => {});
        }
        failed ??= stray;
        goesOn = ended({ number: test.number, title: test.title, ms: ownTime() - began, failed: failed !== null });
        if (!goesOn) break;
      }
    } catch {
      goesOn = ended({ number: own[0].number, title: "a hook", ms: 0, failed: true });
    } finally {
      for (const hook of after) await Promise.resolve(hook(state)).catch(() => {});
    }
    if (!goesOn) return;
  }
}

/** Milliseconds of processor time used so far, as limits are: on a busy machine the clock runs many times as fast. */
function ownTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What loading a file reaches, and what each of its tests does. */
async function survey(file) {
  mutation.hits.fill(0);
  const suites = await suitesOf(file, true);
  const whenLoaded = reached();
  const tests = [];
  mutation.hits.fill(0);
  await runTests(suites, null, (test) => {
    tests.push({ ...test, reached: reached() });
    mutation.hits.fill(0);
    return true;
  });
  return { file, whenLoaded, tests };
}

function reached() {
  return [...mutation.hits.keys()].filter((id) => mutation.hits[id] === 1);
}

/** Whether one of the tests fails with the mutant, and passes again without it. */
async function attempt({ id, fresh, files }) {
  for (const { file, numbers } of files) {
    let killer = null;
    mutation.active = id;
    try {
      await runTests(await suitesOf(file, fresh), numbers, (test) => {
        if (test.failed) killer = test;
        return killer === null;
      });
    } catch {
      killer = { number: null, title: "loading" };
    } finally {
      mutation.active = -1;
    }
    if (killer === null) continue;
    if (killer.number === null) await suitesOf(file, true); // throws where it isn't the mutant's doing
    let sound = true;
    if (!fresh) await runTests(await suitesOf(file, false), [killer.number], (test) => (sound = !test.failed));
    return { killed: true, by: `${file}: ${killer.title}`, sound };
  }
  return { killed: false, sound: true };
}

process.on("message", async ({ survey: file, attempt: task }) => {
  try {
    process.send(file === undefined ? await attempt(task) : await survey(file));
  } catch (error) {
    process.send({ broken: String(error?.stack ?? error) });
  }
});
process.on("disconnect", () => process.exit());
process.send("ready");
