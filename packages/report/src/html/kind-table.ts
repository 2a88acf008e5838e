import type { Evaluation } from "../read-evaluation.ts";
import type { CellSummary } from "../summary.ts";
import { percentage } from "../wording.ts";
import { longTable } from "./long-list.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { cellName } from "./results.ts";

/** Accuracy on each kind of question after RL, with its interval; a line for each variant. */
export function kindTable(cells: readonly CellSummary[], kinds: readonly string[], before: readonly Evaluation[]): Markup {
  const all = cells.flatMap(({ byKind }) => byKind);
  const over = new Set(all.flatMap(({ interval }) => interval?.over ?? []));
  const itemsOf = (kind: string) =>
    all.find((one) => one.kind === kind)?.items ?? before.find(({ byKind }) => byKind[kind])?.byKind[kind]?.items;
  const start = (kind: string) => {
    const values = before.flatMap(({ byKind }) => byKind[kind]?.accuracy ?? []);
    return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
  };
  return longTable(
    html`<div class="scroll" tabindex="0" role="region" aria-label="Accuracy by kind of question">
      <table id="kind-table">
        <caption>
          <span>Accuracy in % by kind of question, means of the seeds${overText(over)}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col" class="text">variant</th>
            ${kinds.map((kind) => html`<th scope="col">${kind}<br /><small>${itemsOf(kind)} questions</small></th>`)}
          </tr>
        </thead>
        <tbody>
          ${
            before.length > 0 &&
            html`<tr>
              <th scope="row">before RL</th>
              ${kinds.map((kind) => html`<td>${percentage(start(kind))}</td>`)}
            </tr>`
          }
          ${cells.map(
            ({ name, byKind }, index) =>
              html`<tr>
                <th scope="row">${cellName(name, index)}</th>
                ${kinds.map((kind) => value(byKind.find((one) => one.kind === kind)))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`,
    { count: cells.length },
  );
}

function overText(over: ReadonlySet<string>): string {
  if (over.size === 0) return "";
  if (over.size > 1) return ", with 95 % intervals: over new seeds and, where questions are known one by one, new questions";
  return over.has("seeds")
    ? ", with 95 % intervals over new seeds, on these very questions"
    : ", with 95 % intervals over new seeds and new questions of the kind";
}

function value(one: CellSummary["byKind"][number] | undefined): Markup {
  if (one === undefined) return html`<td>–</td>`;
  const { accuracy, interval } = one;
  return html`<td>
    <b>${percentage(accuracy)}</b
    >${interval && html`<br /><small>${percentage(interval.low)} to ${percentage(interval.high)}</small>`}
  </td>`;
}
