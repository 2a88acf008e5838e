import { trains } from "../stage-role.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readJson, tolerant } from "@rewardlab/storage";
import { dataOf } from "../obstacles.ts";
import { finiteOf, recordOf, textOf } from "../plain.ts";
import { readLines } from "../read-run.ts";
import type { Grid } from "../read-grid.ts";
import type { GridRun } from "../grid-run.ts";
import { differentVersions, versionText } from "../versions.ts";
import { counted } from "../wording.ts";
import { longTable } from "./long-list.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";

/** What all runs shared, by the hashes they wrote down, and what differed between variants. */
export function samenessSection(grid: Grid): Markup {
  return html`<section id="same" aria-labelledby="same-title">
    <h2 id="same-title">What was the same, and what differed</h2>
    <p class="lead">
      Read from what each run wrote down. A stage’s key is a hash of everything it depends on: equal keys mean the same code,
      options, data, seed and stages before it.
    </p>
    <div class="scroll" tabindex="0" role="region" aria-label="What was the same">
      <table>
        <caption>
          <span>Within each seed, variants should share everything up to RL</span>
        </caption>
        <thead>
          <tr>
            <th scope="col" class="text">what</th>
            <th scope="col" class="text">across variants</th>
            <th scope="col" class="text">value</th>
          </tr>
        </thead>
        <tbody>
          ${facts(grid).map(factRow)}
        </tbody>
      </table>
    </div>
    ${differencesTable(grid)}
  </section>`;
}

interface Fact {
  readonly what: string;
  /** A value for each run that has one, by seed. */
  readonly values: readonly { readonly seed: number; readonly value: string }[];
  readonly isHash: boolean;
}

function facts({ cells }: Grid): Fact[] {
  const runs = cells.flatMap((cell) => cell.runs);
  const fact = (what: string, isHash: boolean, valueOf: (run: GridRun) => string | null | undefined): Fact => ({
    what,
    isHash,
    values: runs.flatMap((run) => {
      const value = valueOf(run);
      return value === null || value === undefined ? [] : [{ seed: run.seed, value }];
    }),
  });
  const orders = promptOrders(runs);
  const early = [...new Set(runs.flatMap((run) => stagesBeforeRl(run).map(({ name }) => name)))];
  const all = [
    fact("data", true, ({ provenance }) => provenance?.data),
    ...early.map((name) => fact(`stage ${name}`, true, (run) => stagesBeforeRl(run).find((stage) => stage.name === name)?.key)),
    fact("weights RL started from", true, startingWeights),
    fact("training questions, in order", true, (run) => orders.get(run)),
    fact("engine", false, ({ provenance }) => provenance?.engine),
    fact("node", false, ({ provenance }) => provenance && [provenance.node, provenance.platform].filter(Boolean).join(", ")),
    fact("plugins", false, ({ provenance }) => provenance?.plugins.map(({ name, version }) => `${name} ${version}`).join(", ")),
  ];
  return all.filter(({ values }) => values.length > 0);
}

function stagesBeforeRl({ stages }: GridRun) {
  const first = stages.findIndex(trains);
  return first === -1 ? stages : stages.slice(0, first);
}

/** SHA-256 of the last model written before RL. */
function startingWeights(run: GridRun): string | null {
  for (const { folder } of stagesBeforeRl(run).toReversed()) {
    const path = join(folder, "artefact.json");
    const model = existsSync(path)
      ? textOf(
          recordOf(
            tolerant(
              () => readJson(path),
              null,
              () => {},
            ),
          ).model,
        )
      : null; // that it is damaged was told when it was read
    if (model !== null) return model;
  }
  return null;
}

/**
 * The items of the samples that RL kept, as one text for each run: equal where the variants saw the same questions at the same time.
 * Compared as far as the shortest run goes, so that one that ended early doesn't count as different.
 */
function promptOrders(runs: readonly GridRun[]): ReadonlyMap<GridRun, string> {
  const all = runs.map(({ stages }) =>
    stages
      .filter(trains)
      .flatMap(({ folder }) => readLines(join(folder, "samples.jsonl"), []))
      .map(recordOf)
      .map(({ iteration, item }) => `${finiteOf(iteration)}:${textOf(item)}`),
  );
  const shortest = Math.min(...all.map(({ length }) => length).filter((length) => length > 0));
  return new Map(
    runs.flatMap((run, index) => (all[index]!.length === 0 ? [] : [[run, all[index]!.slice(0, shortest).join(" ")]])),
  );
}

function factRow({ what, values, isHash }: Fact): Markup {
  const seeds = [...new Set(values.map(({ seed }) => seed))];
  const valuesOf = (seed: number) => new Set(values.filter((one) => one.seed === seed).map(({ value }) => value));
  const same = seeds.every((seed) => valuesOf(seed).size === 1);
  const distinct = [...new Set(values.map(({ value }) => value))];
  const compared = what.startsWith("training questions");
  const shown = compared
    ? `${counted(values[0]!.value.split(" ").length, "kept sample")} of each run compared`
    : distinct.length > 4
      ? `${distinct.length} different`
      : distinct.map((value) => (isHash ? value.slice(0, 12) : value)).join(", ");
  const scope = !same
    ? "differs"
    : distinct.length === 1
      ? `same in ${values.length === 1 ? "the only run" : `all ${values.length} runs`}`
      : "same in each seed";
  return html`<tr>
    <th scope="row">${what}</th>
    <td class="text"><span class="${same ? "same" : "differs"}">${scope}</span></td>
    <td class="text wrap">${isHash && !compared ? html`<code title="${distinct.join(", ")}">${shown}</code>` : shown}</td>
  </tr>`;
}

// ---------------------------------------------------------------- what differed

function differencesTable({ cells }: Grid): Markup | null {
  const baseline = cells.find((cell) => cell.baseline) ?? cells[0];
  const others = cells.filter((cell) => cell !== baseline);
  if (baseline === undefined || others.length === 0) return null;
  return html`<h3 style="margin:1.8rem 0 .7rem">What differed from ${baseline.name}</h3>
    ${longTable(
      html`<div class="scroll" tabindex="0" role="region" aria-label="What differed from ${baseline.name}">
        <table>
          <thead>
            <tr>
              <th scope="col" class="text">variant</th>
              <th scope="col" class="text">setting</th>
              <th scope="col" class="text">${baseline.name}</th>
              <th scope="col" class="text">variant’s</th>
            </tr>
          </thead>
          ${others.map(
            ({ name, differences, differencesUnknown, runs }) =>
              html`<tbody>
                ${
                  differences.length === 0
                    ? html`<tr>
                        <th scope="row">${name}</th>
                        <td class="text" colspan="3">
                          ${differencesUnknown === null ? nothingDiffers([...baseline.runs, ...runs]) : `not known: ${differencesUnknown}`}
                        </td>
                      </tr>`
                    : null
                }
                ${differences.map(
                  ({ path, baseline: from, value }, index) =>
                    html`<tr>
                      ${index === 0 && html`<th scope="row" rowspan="${differences.length}">${name}</th>`}
                      <td class="text wrap"><code>${path}</code></td>
                      <td class="text wrap"><code>${setting(from)}</code></td>
                      <td class="text wrap"><code>${setting(value)}</code></td>
                    </tr>`,
                )}
              </tbody>`,
          )}
        </table>
      </div>`,
      { count: others.length, by: "body" },
    )}`;
}

/** Equal settings are an A/A comparison only where data and code were the same too. */
function nothingDiffers(runs: readonly GridRun[]): string {
  const versions = differentVersions(runs, "");
  if (versions.length > 0) return `no setting, but versions: ${versions.map(versionText).join("; ")}`;
  const data = dataOf(runs.filter(({ stages }) => stages.length > 0));
  if (data === "different" || data === "unknown in some") return `no setting; that the data were the same isn’t known`;
  return "no setting: an A/A comparison, whose difference is chance alone";
}

/** A value in the experiment's notation, on one line. */
function setting(value: unknown): string {
  if (value === undefined || value === null) return "–";
  if (Array.isArray(value)) return `[${value.map(setting).join(", ")}]`;
  if (typeof value !== "object") return String(value);
  const { use, ...rest } = value as Record<string, unknown>;
  const entries = Object.entries(rest).map(([key, item]) => `${key}: ${setting(item)}`);
  if (typeof use === "string") return entries.length === 0 ? use : `{ use: ${use}, ${entries.join(", ")} }`;
  return `{ ${entries.join(", ")} }`;
}
