import { createHash } from "node:crypto";
import type { Grid } from "../read-grid.ts";
import type { Summary } from "../summary.ts";
import { counted } from "../wording.ts";
import { answerSection } from "./answer.ts";
import { breakdownSection } from "./breakdown.ts";
import { calibrationSection } from "./calibration.ts";
import { costSection } from "./cost.ts";
import { curvesSection } from "./curves.ts";
import { effectsSection } from "./effects.ts";
import { cellGroups } from "./groups.ts";
import { html, trusted } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { robustSection } from "./robust.ts";
import { resultsSection } from "./results.ts";
import { samenessSection } from "./sameness.ts";
import { samplesSection } from "./samples.ts";
import { stabilitySection } from "./stability.ts";
import { script } from "./script.ts";
import { style } from "./style.ts";
import { voteCurvesSection } from "./vote-curves.ts";
import { votingSection } from "./voting.ts";

/** The whole page: the answer first, then what it rests on. It loads nothing, and its policy lets no other script run. */
export function reportPage(grid: Grid, summary: Summary): string {
  const groups = cellGroups(grid);
  const sections = [
    ["results", "Results", resultsSection(summary, groups)],
    ["effects", "Effects", effectsSection(summary)],
    ["robust", "Beyond the mean", robustSection(summary)],
    ["curves", "Learning curves", curvesSection(grid, summary)],
    ["stability", "Stability", stabilitySection(summary)],
    ["kinds", "Kinds and answers", breakdownSection(grid, summary)],
    ["voting", "Voting", votingSection(grid, summary)],
    ["vote-curves", "Votes and cost", voteCurvesSection(grid)],
    ["calibration", "Calibration", calibrationSection(grid)],
    ["cost", "Cost", costSection(summary)],
    ["samples", "Samples", samplesSection(grid)],
    ["same", "What was the same", samenessSection(grid)],
  ] as const;
  const shown = sections.filter(([, , content]) => content !== null);
  const policy = `default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="RewardLab" />
        <title>${grid.name} · RewardLab report</title>
        ${trusted(`<style>${style}</style>`)}
      </head>
      <body>
        <a class="skip" href="#answer">To the answer</a>
        <header class="top">
          <p class="brand">
            <b>RewardLab</b> report · ${counted(grid.cells.length, "variant")} × ${counted(grid.seeds.length, "seed")}
          </p>
          <h1 class="${grid.name.length > 60 ? "wordy" : ""}">${grid.name}</h1>
          ${warnings(summary.warnings)}
        </header>
        <main>
          ${answerSection(summary, groups)} ${writtenBefore(grid)}
          <nav aria-label="Sections">
            <ul>
              ${shown.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}
            </ul>
          </nav>
          ${shown.map(([, , content]) => content)}
        </main>
        <footer>
          Made by RewardLab from ${grid.file === null ? "a finished grid" : html`<code>${grid.file}</code>`}. One file, nothing is
          loaded from anywhere.
        </footer>
        ${trusted(`<script>${script}</script>`)}
      </body>
    </html>`;
  return page.text.trimStart();
}

/** What the experiment's author wrote, and may have expected, before anything was measured: below what was, and marked. */
function writtenBefore({ description, file }: Grid): Markup | null {
  if (description === null) return null;
  return html`<aside class="about" aria-labelledby="about-title">
    <h2 id="about-title">Written before the runs</h2>
    <blockquote>${description}</blockquote>
    <p class="quiet">
      The comment at the head of ${file === null ? "the experiment’s file" : html`<code>${file}</code>`}: the question, and what
      was expected. Nothing in it was measured here.
    </p>
  </aside>`;
}

/** More than these are folded, so that the answer stays on the first screen. */
const WARNINGS = 4;

function warnings(texts: readonly string[]): Markup | null {
  if (texts.length === 0) return null;
  return html`<div class="warnings" role="note" aria-labelledby="warnings-title">
    <h2 id="warnings-title">Before you read on</h2>
    <ul>
      ${texts.slice(0, WARNINGS).map((text) => html`<li>${text}</li>`)}
    </ul>
    ${
      texts.length > WARNINGS &&
      html`<details>
        <summary>${texts.length - WARNINGS} more</summary>
        <ul>
          ${texts.slice(WARNINGS).map((text) => html`<li>${text}</li>`)}
        </ul>
      </details>`
    }
  </div>`;
}
