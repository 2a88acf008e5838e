import type { Summary } from "../summary.ts";
import { differencesFigure } from "./differences.ts";
import type { Groups } from "./groups.ts";
import { longList } from "./long-list.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";

/** The result in words, and the same as a picture. */
export function answerSection({ paragraphs, verdicts, cautions, comparisons, metrics }: Summary, groups: Groups): Markup {
  const [first = "", ...rest] = paragraphs;
  const text = (words: string) => words.replaceAll(" %", "\u00a0%");
  return html`<section class="answer" id="answer" aria-labelledby="answer-title">
    <h2 id="answer-title" class="quiet">The answer</h2>
    <p class="headline">${text(first)}</p>
    ${differencesFigure(comparisons, metrics[0], groups)} ${rest.map((words) => html`<p>${text(words)}</p>`)}
    ${
      (verdicts.length > 0 || cautions.length > 0) &&
      html`<details>
        <summary>Each comparison in full, and how to take the intervals</summary>
        ${longList(
          html`<ul class="verdicts">
            ${verdicts.map((line) => html`<li>${text(line)}</li>`)}
          </ul>`,
          { count: verdicts.length, lines: ".verdicts > li", what: "comparisons" },
        )}
        <p class="quiet">
          p is from a t test over seeds and test questions, after Holm’s correction for the number of comparisons; it decides what
          may be said, and there is none where nothing may be. The exact sign-flip test over seeds assumes nothing but symmetry
          and stands beside it. An interval is for one comparison, so it may exclude 0 where the corrected test does not.
        </p>
        ${cautions.map((words) => html`<p class="quiet">${text(words)}</p>`)}
      </details>`
    }
  </section>`;
}
