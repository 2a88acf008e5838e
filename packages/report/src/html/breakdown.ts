import type { Evaluation } from "../read-evaluation.ts";
import type { Grid } from "../read-grid.ts";
import type { Summary } from "../summary.ts";
import { listing, percent, percentage } from "../wording.ts";
import { cellColour } from "./colours.ts";
import { isCrowded } from "./colours.ts";
import { legend } from "./curves.ts";
import { kindTable } from "./kind-table.ts";
import { longTable } from "./long-list.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { strip } from "./strip.ts";

/** Accuracy by kind of question and by true answer: a gain that comes from a prior (always yes, always 1) shows here. */
export function breakdownSection(grid: Grid, { cells }: Summary): Markup | null {
  const before = grid.cells.flatMap(({ runs }) => runs.flatMap((run) => run.before ?? []));
  const after = grid.cells.map(({ runs }) => runs.flatMap((run) => run.after ?? []));
  const all = [...before, ...after.flat()];
  const kinds = [...new Set(all.flatMap(({ byKind }) => Object.keys(byKind)))].sort();
  if (kinds.length === 0) return null;
  const columns = [before, ...after];
  const byAnswer = html`${!isCrowded(grid.cells) && legend(grid)}
    <div class="scroll" tabindex="0" role="region" aria-label="Accuracy by kind and answer">
      <table>
        <caption>
          <span
            >Accuracy in %, by kind of question and, indented, by true answer; small: how often the answer was given, where it is
            the true one in as many % of the kind’s questions as the second column says. Hollow: before RL; filled: after; the
            line goes from 0 to 100 %, with a mark at 50 %, which is guessing.</span
          >
        </caption>
        <thead>
          <tr>
            <th scope="col" class="text">kind, true answer</th>
            <th scope="col">questions</th>
            <th scope="col">before RL</th>
            ${grid.cells.map(({ name }) => html`<th scope="col"><span class="name" title="${name}">${name}</span></th>`)}
            <th scope="col"><span class="sr">as a picture</span></th>
          </tr>
        </thead>
        ${kinds.map(
          (kind) =>
            html`<tbody>
              ${row(kind, columns, (one) => one.byKind[kind], "")}${answersOf(kind, all).map((answer) => row(answer, columns, (one) => one.byAnswer[kind]?.[answer], "sub", itemsOf(columns, kind)))}
            </tbody>`,
        )}
      </table>
    </div>`;
  return html`<section id="kinds" aria-labelledby="kinds-title">
    <h2 id="kinds-title">By kind of question and by answer</h2>
    <p class="lead">
      A model that always gives the commonest answer would be right on those and wrong on the others. So look at the answers of a
      kind side by side: if all of them rise, the gain is no prior. Means of the seeds; ${priorSentence(grid, kinds, after)}
    </p>
    ${kindTable(cells, kinds, before)}
    ${
      isCrowded(grid.cells)
        ? html`<details>
            <summary>By true answer, a column for each variant</summary>
            ${byAnswer}
          </details>`
        : byAnswer
    }
    ${positionTable(grid, columns)}
  </section>`;
}

/** More dots than this on one line can’t be told apart. */
const MOST_DOTS = 13;

type Pick = (one: Evaluation) => { readonly items: number; readonly accuracy: number; readonly said?: number } | undefined;

const itemsOf = (columns: readonly (readonly Evaluation[])[], kind: string) =>
  columns.flat().flatMap((one) => one.byKind[kind]?.items ?? [])[0];

function row(name: string, columns: readonly (readonly Evaluation[])[], pick: Pick, className: string, ofKind?: number): Markup {
  const items = columns.flat().flatMap((one) => pick(one)?.items ?? [])[0];
  const values = columns.map((evaluations) => average(evaluations.flatMap((one) => pick(one)?.accuracy ?? [])));
  return html`<tr class="${className}">
    <th scope="row">${name}</th>
    <td>${items ?? "–"}${items && ofKind ? small(items / ofKind) : null}</td>
    ${values.map((value, index) => html`<td>${percentage(value)}${small(average(columns[index]!.flatMap((one) => pick(one)?.said ?? [])))}</td>`)}
    <td>
      ${columns.length <= MOST_DOTS && strip(values.flatMap((share, index) => (share === null ? [] : [{ share, colour: index === 0 ? null : cellColour(index - 1) }])))}
    </td>
  </tr>`;
}

function small(share: number | null): Markup | null {
  return share === null ? null : html` <small title="how often this answer was given">${percentage(share)}</small>`;
}

function answersOf(kind: string, evaluations: readonly Evaluation[]): string[] {
  return [...new Set(evaluations.flatMap(({ byAnswer }) => Object.keys(byAnswer[kind] ?? {})))].sort((a, b) =>
    a.localeCompare(b, "en", { numeric: true }),
  );
}

/** A kind looks like a prior where one answer is right far more often than another. */
const PRIOR_GAP = 0.4;
const MOST_SUSPECTS = 6;

function priorSentence({ cells }: Grid, kinds: readonly string[], after: readonly (readonly Evaluation[])[]): Markup {
  const suspects = cells.flatMap(({ name }, index) =>
    kinds.flatMap((kind) => {
      const shares = answersOf(kind, after[index]!).flatMap(
        (answer) => average(after[index]!.flatMap((one) => one.byAnswer[kind]?.[answer]?.accuracy ?? [])) ?? [],
      );
      return shares.length > 1 && Math.max(...shares) - Math.min(...shares) > PRIOR_GAP ? [`${kind} in ${name}`] : [];
    }),
  );
  if (after.flat().every(({ byAnswer }) => Object.keys(byAnswer).length === 0))
    return html`accuracies by true answer were not kept, so nothing is known of that here.`;
  if (suspects.length === 0) return html`after RL no kind’s answers lie more than 40 points apart.`;
  const more = suspects.length - MOST_SUSPECTS;
  const named = listing(more > 0 ? [...suspects.slice(0, MOST_SUSPECTS), `${more} more`] : suspects);
  return html`<span class="flag"
    >${`after RL the answers lie more than 40 points apart for ${named}: part of that accuracy may be a prior.`}</span
  >`;
}

function positionTable({ cells }: Grid, columns: readonly (readonly Evaluation[])[]): Markup | null {
  if (columns.flat().every(({ byPreferred }) => Object.keys(byPreferred).length === 0)) return null;
  const heads = ["before RL", ...cells.map(({ name }) => name)];
  const share = (index: number, pick: (one: Evaluation) => number | undefined | null) =>
    average(columns[index]!.flatMap((one) => pick(one) ?? []));
  const rows: readonly (readonly [string, (one: Evaluation) => number | undefined | null])[] = [
    ["chose response 1", (one) => one.byPreferred["1"]?.chosen],
    ["chose response 2", (one) => one.byPreferred["2"]?.chosen],
    ["no readable choice (counts as wrong)", (one) => one.unreadable],
    ["right where response 1 is better", (one) => one.byPreferred["1"]?.accuracy],
    ["right where response 2 is better", (one) => one.byPreferred["2"]?.accuracy],
  ];
  const [one = 0, two = 0] = ["1", "2"].map(
    (position) => columns.flat().find(({ byPreferred }) => byPreferred[position])?.byPreferred[position]?.items ?? 0,
  );
  const truth =
    one + two === 0 ? "" : ` In truth response 1 is the better one in ${percent(one / (one + two))} of the questions.`;
  return longTable(
    html`<div class="scroll" tabindex="0" role="region" aria-label="Choices by position">
      <table>
        <caption>
          <span>Choices by position, in % of all sampled responses.${truth}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col" class="text">variant</th>
            ${rows.map(([name]) => html`<th scope="col"><span class="name">${name}</span></th>`)}
          </tr>
        </thead>
        <tbody>
          ${heads.map(
            (head, index) =>
              html`<tr>
                <th scope="row"><span class="name" title="${head}">${head}</span></th>
                ${rows.map(([, pick]) => html`<td>${percentage(share(index, pick))}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`,
    { count: heads.length },
  );
}

function average(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
}
