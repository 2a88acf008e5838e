// The page in a real browser: what it does, not what its text is. Skipped where there is no Chromium; .ci/run installs one and forbids the skip.

import type { Browser, Locator, Page } from "playwright-core";
import { suite, test as without } from "uvu";
import * as assert from "uvu/assert";
import { readGrid } from "../read-grid.ts";
import { axeViolations, browserRequired, findBrowser, launch, openFile, unfold } from "../testing/browser.ts";
import { fixtureGrid } from "../testing/fixture-grid.ts";
import type { FixtureOptions } from "../testing/fixture-grid.ts";
import { writeReport } from "../write-report.ts";

const executable = findBrowser();
const test = suite<{ browser: Browser; path: string }>("page in a browser");

const evil = `<script>alert("1")</script>'"&<b> 🎉 ${"wide ".repeat(20)}${"unbroken".repeat(12)}`;
const write = (options: FixtureOptions) =>
  writeReport(readGrid(fixtureGrid({ iterations: 12, items: 96, ...options }).root)).page;

test.before(async (context) => {
  context.browser = await launch(executable!);
  context.path = write({ alsoCompare: ["evaluate.voting.15"] });
});
test.after(async ({ browser }) => browser.close());

test("opens from a file: nothing on the console, no request, and every chart is drawn", async ({ browser, path }) => {
  const { page, complaints } = await openFile(browser, path);
  const charts = await page.evaluate<{ title: string; description: string; marks: number; wide: boolean }[]>(`
    [...document.querySelectorAll(".panel svg[role=img]")].map((svg) => ({
      title: svg.querySelector("title")?.textContent ?? "",
      description: svg.querySelector("desc")?.textContent ?? "",
      marks: svg.querySelectorAll("path, line").length,
      wide: svg.closest("details") !== null || svg.getBoundingClientRect().width > 100,
    }))`);
  assert.ok(charts.length >= 15, `${charts.length} charts`);
  for (const { title, description, marks, wide } of charts)
    assert.ok(title !== "" && description !== "" && marks > 3 && wide, `${title}: ${marks} marks; ${description}`);
  // the forest plot: the mean lies within its interval
  const lane = await page.evaluate<{ middle: number; left: number; right: number }>(`(() => {
    const whisker = document.querySelector(".answer .forest .whisker");
    const [mean, span] = [".mean", ".span"].map((part) => whisker.querySelector(part).getBoundingClientRect());
    return { middle: mean.left + mean.width / 2, left: span.left, right: span.right };
  })()`);
  assert.ok(lane.left < lane.middle && lane.middle < lane.right, JSON.stringify(lane));
  assert.equal(complaints, []);
  await page.close();
});

const shown = (page: Page) => page.locator("#samples .sample:visible");
const filter = (page: Page, name: string) => page.locator(`.filters select[name=${name}]`);

/** A data attribute of each element, each value once, in order. */
async function dataOf(elements: Locator, name: string): Promise<string[]> {
  const values = await Promise.all((await elements.all()).map((one) => one.getAttribute(`data-${name}`)));
  return [...new Set(values.map(String))].sort();
}

test("samples: filters and more of them, by mouse", async ({ browser, path }) => {
  const { page, complaints } = await openFile(browser, path);
  assert.is(await shown(page).count(), 8);
  await page.getByRole("button", { name: /^Show \d+ more/ }).click();
  assert.is(await shown(page).count(), 16);
  await filter(page, "kind").selectOption("count");
  assert.equal(await dataOf(shown(page), "kind"), ["count"]);

  await filter(page, "kind").selectOption("");
  await filter(page, "verdict").selectOption("disagree");
  const disagreeing = await shown(page).all();
  assert.ok(disagreeing.length > 0);
  for (const sample of disagreeing) {
    const bySeed = ["1", "2"].map((seed) =>
      dataOf(sample.locator(`.attempt[data-seed="${seed}"]:not([data-cell=before])`), "verdict"),
    );
    assert.ok((await Promise.all(bySeed)).some((verdicts) => verdicts.length === 2));
  }

  await filter(page, "verdict").selectOption("");
  await filter(page, "cell").selectOption("1");
  assert.equal(await dataOf(page.locator("#samples .attempt:visible"), "cell"), ["1", "before"]);
  assert.equal(complaints, []);
  await page.close();
});

test("samples and curves by keyboard; where the focus is can be seen", async ({ browser, path }) => {
  const { page, complaints } = await openFile(browser, path);
  await page.keyboard.press("Tab");
  assert.is(await page.evaluate("document.activeElement.className"), "skip");
  await page.keyboard.press("Enter");

  await filter(page, "kind").focus();
  await page.keyboard.press("ArrowDown");
  assert.equal(await dataOf(shown(page), "kind"), ["colour"]);
  await page.keyboard.press("ArrowUp");
  const before = await shown(page).count();
  await page.getByRole("button", { name: /^Show/ }).focus();
  await page.keyboard.press("Enter");
  assert.ok((await shown(page).count()) > before);
  assert.match(await page.evaluate<string>("document.activeElement.className"), /sample/);

  const plot = page.locator(".plot[data-curve]").first();
  await plot.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.match(await plot.locator(".tip").innerText(), /^Iteration 2\n/);
  assert.is(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle"), "solid");
  await page.keyboard.press("Escape");
  assert.not(await plot.locator(".tip").isVisible());
  assert.equal(complaints, []);
  await page.close();
});

test("curves over tokens and time: the lines move, the axis says so, and back", async ({ browser, path }) => {
  const { page, complaints } = await openFile(browser, path);
  const plot = page.locator(".plot[data-curve]").first();
  const line = () => plot.locator("path.mean").first().getAttribute("d");
  const title = () => plot.locator(".title-x").textContent();
  const before = await line();
  await page.getByRole("radio", { name: "tokens sampled" }).check();
  assert.is.not(await line(), before);
  assert.is(await title(), "tokens sampled (k)");
  await plot.focus();
  await page.keyboard.press("ArrowRight");
  assert.match(await plot.locator(".tip").innerText(), /^\d[\d.]* k tokens\n/);
  await page.getByRole("radio", { name: "wall time" }).check();
  assert.is(await title(), "wall time (s)");
  await page.getByRole("radio", { name: "iterations" }).check();
  assert.is(await line(), before);
  assert.is(await title(), "iteration");
  assert.equal(complaints, []);
  await page.close();
});

test("a grid of many variants: folded, grouped, searched by keyboard, picked out of the curves; without scripts whole", async ({
  browser,
}) => {
  const arms = ["filter", "whiten", "discount"];
  const cells = Array.from({ length: 24 }, (_, index) => ({
    name: `${arms[index % 3]} ${index}`,
    accuracy: 0.7 + index / 200,
    levels: { arm: arms[index % 3]! },
  }));
  const factors = [{ name: "arm", kind: "axis" as const, levels: arms }];
  const file = write({ cells, factors, seeds: [1], iterations: 4 });
  const { page, complaints } = await openFile(browser, file);
  const forest = page.locator(".answer .forest");
  const rows = page.locator("#main-table tbody tr:visible");
  const groups = await forest.locator(".group > summary .who").allTextContents();
  assert.equal(groups, ["arm = whiten", "arm = discount", "arm = filter"]); // the baseline is filter 0
  assert.is(await forest.locator("li.lane:visible").count(), 0);
  const zeros = await page.evaluate<number[]>(
    `[...document.querySelectorAll(".answer .group > summary .zero")].map((zero) => Math.round(zero.getBoundingClientRect().left))`,
  );
  assert.is(new Set(zeros).size, 1, `0 stands at one place in every line: ${zeros}`);
  assert.is(await rows.count(), 10);

  await forest.getByRole("searchbox").focus();
  await page.keyboard.type("whi 1");
  const names = await forest.locator("li.lane:visible .who").allTextContents();
  assert.equal(names, ["whiten 1", "whiten 10", "whiten 13", "whiten 16", "whiten 19"]);
  assert.is(await forest.locator("output").textContent(), "5 of 23 match");
  await page.keyboard.press("Escape");
  assert.is(await forest.locator("li.lane:visible").count(), 0);

  await page.locator("#results > .long > .more button").first().click();
  assert.is(await rows.count(), 24);
  await page.locator(".pick input").fill("discount 2");
  assert.match(await page.locator(".pick output").innerText(), /discount 2.*discount 20.*discount 23/s);
  assert.is((await page.locator(".plot path.faint[style]:not([style=''])").count()) > 0, true);
  assert.equal((await axeViolations(page)).filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id }) => id), []); // prettier-ignore
  assert.equal(complaints, []);
  await page.close();

  const plain = await openFile(browser, file, { javaScriptEnabled: false });
  assert.is(await plain.page.locator("#main-table tbody tr:visible").count(), 24);
  assert.is(await plain.page.locator(".answer .forest li.lane:visible").count(), 23);
  await plain.page.close();
});

for (const colorScheme of ["light", "dark"] as const)
  test(`axe-core finds nothing serious, ${colorScheme}`, async ({ browser, path }) => {
    const { page } = await openFile(browser, path, { colorScheme });
    const violations = await axeViolations(page);
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    assert.equal(
      serious.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(" ")} ${failureSummary}`)}`), // prettier-ignore
      [],
    );
    await page.close();
  });

test("a phone's width has no horizontal scroll, nor has a wide screen, whatever the names are", async ({ browser, path }) => {
  const cells = Array.from({ length: 9 }, (_, index) => ({
    name: `${evil} ${index}`,
    accuracy: 0.7 + index / 100,
    guards: true,
  }));
  const hard = write({ name: evil, description: evil, cells });
  for (const file of [path, hard])
    for (const width of [320, 375, 1200, 1800]) {
      const { page, complaints } = await openFile(browser, file, { viewport: { width, height: 800 } });
      await unfold(page);
      const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
      assert.ok(wide <= width, `${file === hard ? "long names" : "plain"}: ${wide} pixels on ${width}`);
      assert.equal(complaints, [], "and no script in a name runs");
      await page.close();
    }
});

test("without scripts everything is there to read", async ({ browser, path }) => {
  const { page } = await openFile(browser, path, { javaScriptEnabled: false });
  assert.ok((await page.locator("#samples .sample:visible").count()) > 20);
  assert.not(await page.locator(".filters").isVisible());
  await page.locator("#answer summary").click(); // <details> needs no script
  assert.ok(await page.locator(".verdicts").isVisible());
  await page.close();
});

test("on paper: no controls, light, and whole", async ({ browser, path }) => {
  const { page } = await openFile(browser, path, { colorScheme: "dark" });
  await page.emulateMedia({ media: "print" });
  assert.not(await page.locator("nav").isVisible());
  assert.not(await page.locator(".filters").isVisible());
  assert.is(await page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
  await page.evaluate("dispatchEvent(new Event('beforeprint'))");
  assert.ok(await page.locator(".verdicts").isVisible(), "what is folded on the screen is written out");
  for (const part of ["h2", "h3", ".lead"])
    assert.is(await page.evaluate(`getComputedStyle(document.querySelector("section > ${part}")).breakAfter`), "avoid", part);
  const pdf = await page.pdf({ format: "A4" });
  assert.is(pdf.subarray(0, 5).toString(), "%PDF-");
  await page.close();
});

test("motion is left out where it is not wanted", async ({ browser, path }) => {
  const { page } = await openFile(browser, path, { reducedMotion: "reduce" });
  assert.is(await page.evaluate("getComputedStyle(document.documentElement).scrollBehavior"), "auto");
  await page.close();
});

if (executable !== null) test.run();
else {
  const why = "no Chromium on this machine: set CHROMIUM to one, or install the chromium package";
  if (browserRequired()) without(`page in a browser: ${why}`, () => assert.unreachable(why));
  else {
    console.log(why);
    without.skip(`page in a browser: ${why}`);
  }
  without.run();
}
