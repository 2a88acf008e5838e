import type { Cost } from "../cost.ts";
import type { Summary } from "../summary.ts";
import { longTable } from "./long-list.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { cellName } from "./results.ts";

/** What each variant costs, means over its runs. null where nothing of it is known. */
export function costSection({ cells }: Summary): Markup | null {
  if (cells.every(({ cost }) => cost.sampledTokens === null && cost.seconds === null)) return null;
  const timed = cells.some(({ cost }) => cost.seconds !== null);
  const skips = cells.some(({ cost }) => (cost.skippedUpdates ?? 0) > 0);
  return html`<section id="cost" aria-labelledby="cost-title">
    <h2 id="cost-title">Cost</h2>
    <p class="lead">
      Means of the runs. Responses and tokens are what the policy wrote during RL, which is most of the work; stages that runs
      share are made once. ${skips && "Updates that were left out took their time all the same, and changed nothing."}
      ${timed ? "Time is that of the machine it ran on, with whatever ran beside it: compare tokens before time." : "No times were recorded (timing.json in a run’s folder would hold them)."}
    </p>
    ${longTable(
      html`<div class="scroll" tabindex="0" role="region" aria-label="Cost">
        <table>
          <thead>
            <tr>
              <th scope="col" class="text">variant</th>
              <th scope="col">iterations</th>
              <th scope="col">optimizer steps</th>
              ${skips && html`<th scope="col">updates left out</th>`}
              <th scope="col">responses</th>
              <th scope="col">tokens sampled</th>
              ${timed && html`<th scope="col">time</th>`}
            </tr>
          </thead>
          <tbody>
            ${cells.map(
              ({ name, cost }, index) =>
                html`<tr>
                  <th scope="row">${cellName(name, index)}</th>
                  ${columns(cost, skips).map((text) => html`<td>${text}</td>`)}
                  ${timed && html`<td>${durationText(cost.seconds)}</td>`}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`,
      { count: cells.length },
    )}
  </section>`;
}

function columns({ iterations, updates, skippedUpdates, responses, sampledTokens }: Cost, skips: boolean): string[] {
  return [iterations, updates, ...(skips ? [skippedUpdates] : []), responses, sampledTokens].map((value) =>
    value === null ? "–" : Math.round(value).toLocaleString("en"),
  );
}

/** Seconds as text, for a table's cell; a dash where they aren't known. */
export function durationText(seconds: number | null): string {
  if (seconds === null) return "–";
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${(seconds / 3600).toFixed(1)} h`;
}
