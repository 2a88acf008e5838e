import { dataOf } from "./obstacles.ts";
import type { Grid } from "./read-grid.ts";
import type { GridRun, Status } from "./grid-run.ts";
import { differentVersions, versionText } from "./versions.ts";
import { counted, listing, short } from "./wording.ts";

/** Of a large grid all would be a wall before the answer. */
const MOST_NOTES = 5;

/** What a reader must know before believing the numbers. Empty where every run is done and everything was readable. */
export function warningsOf({ root, cells, seeds, notes }: Grid): string[] {
  const runs = cells.flatMap((cell) => cell.runs);
  const having = (...some: Status[]) => runs.filter(({ status }) => some.includes(status));
  const of = `of ${counted(runs.length, "run")}`;
  const warnings: string[] = [];
  if (cells.length === 0 || seeds.length === 0) warnings.push("The grid has no runs.");

  const unfinished = having("queued", "running", "interrupted");
  if (unfinished.length > 0) {
    const stopped = unfinished.filter(({ status }) => status === "interrupted").length;
    const begun = unfinished.filter(({ status }) => status === "running").length;
    const how = [...(begun ? [`${begun} begun`] : []), ...(stopped ? [`${stopped} interrupted`] : [])];
    warnings.push(
      `The grid is not finished: ${unfinished.length} ${of} still to do${how.length ? ` (${how.join(", ")})` : ""}. Means are over what is there.`,
    );
  }
  for (const run of having("failed"))
    warnings.push(`${label(run)} failed: ${why(run)}.${run.after ? "" : " It is missing from the means."}`);
  for (const run of having("collapsed"))
    warnings.push(
      `${label(run)} collapsed: ${why(run)}. ` +
        (run.after
          ? "It was evaluated all the same and counts in every mean."
          : "It was not evaluated, so it counts as the worst there is: an accuracy of 0 %."),
    );
  warnings.push(...skips(runs));
  const measured = runs.filter(({ stages }) => stages.length > 0);
  const data = dataOf(measured);
  if (data === "different")
    warnings.push(
      "The runs did not all read the same data (see “What was the same”): differences between variants may come from the data, so there is no verdict on those.",
    );
  if (data === "unknown in some")
    warnings.push("Some runs don’t say which data they read, so there is no verdict on what they are part of.");
  if (data === "unknown" && measured.length > 0)
    warnings.push("No run says which data it read: that it was the same for all is taken on trust.");
  const engines = [...new Set(measured.flatMap(({ provenance }) => provenance?.engine ?? []))];
  if (engines.length > 1)
    warnings.push(
      `The runs were made on different engines (${listing(engines)}), whose rounding differs: compare variants on one.`,
    );
  const versions = differentVersions(measured, "").map(versionText);
  if (versions.length > 0)
    warnings.push(
      `The runs were made by different versions of the same parts: ${listing(versions.length > MOST_NOTES ? [...versions.slice(0, MOST_NOTES), `${versions.length - MOST_NOTES} more`] : versions)}. A difference between variants may be theirs.`,
    );
  for (const { name, differencesUnknown } of cells)
    if (differencesUnknown !== null) warnings.push(`How ${short(name, 60)} differs isn’t known: ${differencesUnknown}.`);
  warnings.push(...notes.slice(0, MOST_NOTES).map((note) => `${short(note, 400).replace(/\.$/, "")}.`));
  if (notes.length > MOST_NOTES)
    warnings.push(`${notes.length - MOST_NOTES} more comparisons have such a note (see “What was the same, and what differed”).`);
  const problems = [...new Set(runs.flatMap((run) => run.problems.map((text) => text.replaceAll(`${root}/`, ""))))];
  if (problems.length > 0)
    warnings.push(
      `Some files could not be read whole: ${listing(problems.slice(0, 5))}${problems.length > 5 ? `, and ${problems.length - 5} more` : ""}.`,
    );
  return warnings;
}

/** Updates that were left out: a run that trained less than its settings say. */
function skips(runs: readonly GridRun[]): string[] {
  const some = runs.flatMap((run) => {
    const sum = (name: string) => run.iterations.reduce((total, { values }) => total + (values[name] || 0), 0);
    const skipped = sum("skippedUpdates");
    return skipped === 0 ? [] : [`${label(run)} ${skipped} of ${sum("updates") + skipped}`];
  });
  const more = some.length > MOST_NOTES ? [`${some.length - MOST_NOTES} more runs`] : [];
  return some.length === 0
    ? []
    : [
        `Updates were skipped, because a number was not finite or no response had a score: ${listing([...some.slice(0, MOST_NOTES), ...more])}.`,
      ];
}

function label({ cell, label: seeds }: GridRun): string {
  return `${short(cell, 60)}, ${seeds},`;
}

function why({ reason }: GridRun): string {
  return reason === null ? "no reason was written" : short(reason, 400).replace(/\.$/, "");
}
