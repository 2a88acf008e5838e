import type { Preferred, Target } from "@rewardlab/core";
import type { Columns } from "./columns.ts";
import type { PictureGiven } from "./given.ts";

/** What a format makes of a row: a preference item whose pictures are not looked at yet. */
export interface FormattedRow {
  /** Absent: the row has none, and its place in the file is its name. */
  readonly id?: string;
  readonly pictures: readonly PictureGiven[];
  readonly question: string;
  readonly responses: readonly [string, string];
  readonly preferred: Preferred;
  /** False: the responses stand as chosen and rejected, and which is shown first is still to be drawn. */
  readonly ordered: boolean;
  readonly thought?: string;
  readonly targets?: Readonly<Record<string, Target>>;
  readonly kind?: string;
  readonly answer?: string;
  readonly group?: string;
}

/** How the rows of one kind of file are read. A pure function of a row; nothing in a row is run. */
export interface Format {
  readonly name: string;
  /** Whose rows it reads, for people. */
  readonly summary: string;
  /** Columns that a row must have; a | b: one of them. */
  readonly needs: readonly string[];
  /** Formats whose columns a row with this one's has as well, and that this one is meant before. */
  readonly before?: (has: (column: string) => boolean) => readonly string[];
  /** Throws `RowProblem`. */
  read(columns: Columns): FormattedRow;
}
