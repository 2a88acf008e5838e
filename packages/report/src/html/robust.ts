import type { Robust } from "../robust.ts";
import type { ComparedMetric } from "../metric.ts";
import { bareValue } from "../metric-wording.ts";
import { seedsText, seedText } from "../seed-text.ts";
import type { Summary } from "../summary.ts";
import { called } from "../metric-wording.ts";
import { counted, listing, percentage, probability } from "../wording.ts";
import { isCrowded } from "./colours.ts";
import { drawLines } from "./line-chart.ts";
import { longTable } from "./long-list.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { cellName } from "./results.ts";

/** What stands beside the mean and decides nothing: interquartile means, probabilities of improvement, performance profiles, McNemar's test. */
export function robustSection({ cells, robust, mcnemar, mcnemarRefused, metrics: [metric], seedLevels }: Summary): Markup | null {
  if (robust.iqm.every(({ runs }) => runs < 2) && mcnemar.length === 0 && mcnemarRefused.length === 0) return null;
  const names = cells.map(({ name }) => name);
  const several = robust.iqm.some(({ runs }) => runs > 1);
  return html`<section id="robust" aria-labelledby="robust-title">
    <h2 id="robust-title">Beyond the mean</h2>
    <p class="lead">
      One odd run moves a mean. These look at the runs in other ways; none of them decides what may be said. Where they disagree
      with the answer above, look at the single runs.
    </p>
    ${several && robustTable(robust, metric, names)} ${several && profiles(robust, metric, cells)}
    ${mcnemarTable(mcnemar, names, seedLevels)} ${refusedPairs(mcnemarRefused, seedLevels)}
  </section>`;
}

function robustTable({ iqm, probabilityOfImprovement }: Robust, metric: ComparedMetric, names: readonly string[]): Markup {
  const caption = `Interquartile mean of ${metric.title}${metric.isShare ? " in %" : ""}, and how often a run is above one of what it is compared with, in % (ties one half)`;
  const few = iqm.some(({ runs }) => runs < 6);
  return html`${longTable(
      html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
        <table id="robust-table">
          <caption>
            <span>${caption}</span>
          </caption>
          <thead>
            <tr>
              <th scope="col" class="text">variant</th>
              <th scope="col">runs</th>
              <th scope="col">interquartile mean</th>
              <th scope="col">above, in %</th>
              <th scope="col" class="text">compared with</th>
            </tr>
          </thead>
          <tbody>
            ${iqm.map(({ cell, estimate, interval, runs }) => {
              const improvement = probabilityOfImprovement.find((one) => one.cell === cell);
              return html`<tr>
                <th scope="row">${cellName(cell, names.indexOf(cell))}</th>
                <td>${runs}</td>
                <td>${withInterval(bareValue(metric, estimate), interval, (value) => bareValue(metric, value))}</td>
                <td>
                  ${improvement === undefined ? "–" : withInterval(percentage(improvement.estimate, 0), improvement.interval, (share) => percentage(share, 0))}
                </td>
                <td class="text">${improvement?.against ?? "–"}</td>
              </tr>`;
            })}
          </tbody>
        </table>
      </div>`,
      { count: iqm.length },
    )}
    <p class="quiet below">
      The interquartile mean leaves out the lowest and the highest quarter of the runs. Below it a 95 % bootstrap interval over
      runs, on these test questions alone (of other questions they say
      nothing)${few && ", which fewer than 6 runs don’t give (5 of a probability)"}. After Agarwal et al. 2021 (arXiv 2108.13264).
    </p>`;
}

function withInterval(
  text: string,
  interval: { readonly low: number; readonly high: number } | null,
  say: (value: number) => string,
): Markup {
  return html`<b>${text}</b>${interval && html`<br /><small>${say(interval.low)} to ${say(interval.high)}</small>`}`;
}

// ---------------------------------------------------------------- performance profiles

function profiles(
  { profiles: { thresholds, cells: lines, withheld } }: Robust,
  metric: ComparedMetric,
  cells: Summary["cells"],
): Markup | null {
  if (thresholds.length < 2 || (withheld.length > 0 && lines.length < 2)) return null;
  const crowded = isCrowded(cells);
  const at = (name: string) => cells.findIndex((cell) => cell.name === name);
  const scale = metric.isShare ? 100 : 1;
  const { svg } = drawLines({
    title: "Performance profiles",
    label: `The share of runs that reach at least a given ${metric.title}, for ${counted(lines.length, "variant")}; the numbers are in report.json.`,
    x: thresholds.map((threshold) => threshold * scale),
    lines: lines
      .map(({ cell, shares }) => ({
        cell: at(cell),
        seed: null,
        y: shares,
        look: crowded ? (cells[at(cell)]!.baseline ? ("reference" as const) : ("faint" as const)) : ("mean" as const),
      }))
      .toSorted((a, b) => Number(a.look === "reference") - Number(b.look === "reference")),
    bands: [],
    log: false,
    fromZero: true,
    unit: "share",
    axisTitle: `at least this ${metric.title}${metric.isShare ? " (%)" : ""}`,
    wholeX: false,
  });
  return html`<figure class="panel profile">
    <h3>Performance profiles</h3>
    <div class="plot">${svg}</div>
    <figcaption>
      The share of a variant’s runs that reach at least the value below. One line above another everywhere: of these runs more
      reach any value; of others that says nothing. ${crowded ? "Bold: the baseline." : "Colours as in the tables."}
      ${withheld.length > 0 && `Left out, since there is no verdict on ${withheld.length === 1 ? "it" : "them"}: ${listing(withheld.map(called))}.`}
    </figcaption>
  </figure>`;
}

// ---------------------------------------------------------------- McNemar

/** Of which models there is no test, and why. */
function refusedPairs(refused: Summary["mcnemarRefused"], levels: Summary["seedLevels"]): Markup | null {
  if (refused.length === 0) return null;
  const line = ({ cell, against, seeds, why }: Summary["mcnemarRefused"][number]) =>
    `No McNemar’s test of ${called(cell)} against ${called(against)}, ${seedsText(levels, seeds, 8)}: ${why}.`;
  return html`<ul class="quiet" id="mcnemar-refused">
    ${refused.slice(0, MOST_REFUSED).map((one) => html`<li>${line(one)}</li>`)}
    ${refused.length > MOST_REFUSED && html`<li>${counted(refused.length - MOST_REFUSED, "more comparison")} have none either (report.json).</li>`}
  </ul>`;
}
const MOST_REFUSED = 10;

function mcnemarTable(pairs: Summary["mcnemar"], names: readonly string[], levels: Summary["seedLevels"]): Markup | null {
  if (pairs.length === 0) return null;
  const cells = [...new Set(pairs.map(({ cell }) => cell))];
  const caption = "Model against model on the same test questions, seed by seed: McNemar’s test";
  return html`<details>
    <summary>${caption}</summary>
    <p class="quiet">
      Only questions that one of the two models answers rightly, by more than half of its samples, and the other wrongly, can tell
      them apart. p (exact, and mid-p) is about these two models: it says nothing of other seeds, and is corrected for nothing.
    </p>
    ${longTable(
      html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
        <table id="mcnemar-table">
          <thead>
            <tr>
              <th scope="col" class="text">variant</th>
              <th scope="col" class="text">against</th>
              <th scope="col">seed</th>
              <th scope="col">questions</th>
              <th scope="col">only the variant is right</th>
              <th scope="col">only the other is right</th>
              <th scope="col">exact p</th>
              <th scope="col">mid-p</th>
            </tr>
          </thead>
          ${cells.map((cell) => {
            const own = pairs.filter((pair) => pair.cell === cell);
            return html`<tbody>
              ${own.map(
                ({ against, seed, items, onlyFirst, onlySecond, exact, midP }, index) =>
                  html`<tr>
                    ${index === 0 && html`<th scope="rowgroup" rowspan="${own.length}">${cellName(cell, names.indexOf(cell))}</th>`}
                    <td class="text">${against}</td>
                    <td>${seedText(levels, seed)}</td>
                    <td>${items}</td>
                    <td>${onlySecond}</td>
                    <td>${onlyFirst}</td>
                    <td>${probability(exact)}</td>
                    <td>${probability(midP)}</td>
                  </tr>`,
              )}
            </tbody>`;
          })}
        </table>
      </div>`,
      { count: cells.length, by: "body" },
    )}
  </details>`;
}
