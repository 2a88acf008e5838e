// A large grid's report: how long it takes, how large its page is, how soon a browser shows it. The figures stand in the package's README.

import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readGrid } from "../read-grid.ts";
import { findBrowser, launch, openFile } from "../testing/browser.ts";
import { fixtureGrid } from "../testing/fixture-grid.ts";
import { writeReport } from "../write-report.ts";

/** 100 cells × 10 seeds, 60 iterations, 480 test questions, 15 votes. */
function largeGrid(): string {
  const arms = ["filter", "pre-clip", "whiten", "kl", "groups", "rate", "length", "batch", "entropy", "discount"];
  const depths = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];
  const cells = depths.flatMap((depth, row) =>
    arms.map((arm, column) => ({
      name: `${arm}, depth ${depth}`,
      accuracy: 0.7 + 0.0008 * ((37 * (10 * row + column)) % 100),
      guards: column % 2 === 0,
      levels: { arm, depth },
    })),
  );
  const factors = [
    { name: "arm", kind: "axis" as const, levels: arms },
    { name: "depth", kind: "axis" as const, levels: depths },
  ];
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  return fixtureGrid({ cells, factors, seeds, iterations: 60, items: 480, alsoCompare: ["evaluate.voting.15"], name: "large" })
    .root;
}

test("100 cells × 10 seeds: at most 20 s of processor time, 4 MB of page, 2 s to the first screen", async () => {
  const root = largeGrid();
  const start = process.cpuUsage();
  const { page, summary } = writeReport(readGrid(root));
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  const bytes = statSync(page).size;
  console.log(`report: ${seconds.toFixed(1)} s of processor time; report.html ${(bytes / 1e6).toFixed(2)} MB`);
  assert.is(summary.runs, 1000);
  assert.ok(seconds <= 20, `${seconds} s`);
  assert.ok(bytes <= 4e6, `${bytes} bytes`);

  const text = readFileSync(page, "utf8");
  for (const { name } of summary.cells) assert.ok(text.split(`>${name}<`).length > 8, `${name} is in every table`);

  const executable = findBrowser();
  if (executable === null) return console.log("no Chromium here: its part is left out");
  const browser = await launch(executable);
  const times: number[] = [];
  for (let repeat = 0; repeat < 3; repeat++) {
    const { page: shown, complaints } = await openFile(browser, page);
    const paints = await shown.evaluate<{ name: string; startTime: number }[]>(`new Promise((resolve) =>
      new PerformanceObserver((list, observer) => {
        observer.disconnect();
        resolve([
          ...performance.getEntriesByType("paint").map(({ name, startTime }) => ({ name, startTime })),
          ...list.getEntries().slice(-1).map(({ startTime }) => ({ name: "largest-contentful-paint", startTime })),
          { name: "ready", startTime: performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd },
        ]);
      }).observe({ type: "largest-contentful-paint", buffered: true }))`);
    console.log(paints.map(({ name, startTime }) => `${name} ${(startTime / 1000).toFixed(2)} s`).join("; "));
    times.push(Math.max(...paints.map(({ startTime }) => startTime)));
    assert.equal(complaints, []);
    await shown.close();
  }
  await browser.close();
  assert.ok(Math.min(...times) <= 2000, `${times.join(", ")} ms`);
  rmSync(join(root), { recursive: true });
});

test.run();
