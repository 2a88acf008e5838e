// What a test file imports as `uvu` under the mutation tester: tests are kept, to be run one at a time and more than once.

export function suite(name = "", state = {}) {
  const own = { name, state, tests: [], before: [], after: [], beforeEach: [], afterEach: [], only: [] };
  const test = (title, handler) => void own.tests.push({ title, handler });
  const hook = (once, each) =>
    Object.assign((handler) => void own[once].push(handler), { each: (handler) => void own[each].push(handler) });
  return Object.assign(test, {
    before: hook("before", "beforeEach"),
    after: hook("after", "afterEach"),
    skip: () => {},
    only: test,
    run: () => void globalThis.$mutation.suites.push(own),
  });
}

export const test = suite();
