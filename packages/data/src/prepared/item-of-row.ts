import { extname, basename } from "node:path";
import { messageOf } from "@rewardlab/core";
import { Columns } from "../formats/columns.ts";
import type { Format, FormattedRow } from "../formats/format.ts";
import { RowProblem } from "../formats/given.ts";
import { asSeen, identicalResponses } from "../look-alike.ts";
import { quoted } from "../quoted.ts";
import { isQuestion, rowSchema, type DataRow } from "../row.ts";
import { checkedRow, Problems } from "../rows.ts";
import type { RawRow } from "../source.ts";
import { drawn } from "./file-hash.ts";

/** What becomes of rows, whatever their format. */
export interface ItemCare {
  /** Of a row in which neither response is better: an error, left out, or an item whose right answer is tie. */
  readonly ties: "refuse" | "drop" | "keep";
  /** Of a row whose responses are one text: an error, left out, or it counts as written. */
  readonly identical: "refuse" | "drop" | "keep";
  /** Of columns that no field of an item is: an error, or they go along in `extra`. */
  readonly otherFields: "refuse" | "keep";
  /** Which of chosen and rejected is shown first: drawn for each id, or always the chosen one. */
  readonly order: "seeded" | "chosen-first";
  readonly seed: number;
}

/** A checked row but for its pictures, with its name; "tie" or "identical": it is to be left out. */
export type ItemOfRow =
  { readonly row: Omit<DataRow, "images">; readonly pictures: FormattedRow["pictures"] } | "tie" | "identical";

/** What a format makes of a raw row, checked, in the order in which it is shown. Throws `RowProblem`. */
export function itemOfRow(file: string, raw: RawRow, format: Format, care: ItemCare): ItemOfRow {
  const columns = new Columns(raw.value);
  let formatted: FormattedRow;
  try {
    formatted = format.read(columns);
  } catch (error) {
    if (error instanceof RowProblem) throw error;
    throw new RowProblem(`can't be read as ${format.name} (${messageOf(error)})`);
  }
  const { pictures, ordered, responses, preferred, ...fields } = formatted;
  const id = fields.id ?? `${basename(file, extname(file))}-${raw.number}`;
  const compares = !isQuestion({ ...formatted, id, images: [] } as unknown as DataRow);
  if (compares && preferred === "tie" && care.ties === "drop") return "tie";
  if (compares && preferred === "tie" && care.ties === "refuse")
    throw new RowProblem(
      "neither response is preferred, expected one that is better (ties: drop leaves such rows out, keep takes them as ties)",
    );
  const swapped = !ordered && care.order === "seeded" && drawn(care.seed, "order", id) < 0.5;
  const shown = swapped ? ([responses[1], responses[0]] as [string, string]) : responses;
  const better = preferred === "tie" || !swapped ? preferred : preferred === 1 ? 2 : 1;
  const extra = columns.extra();
  if (extra !== undefined && care.otherFields === "refuse") {
    const names = Object.keys(rowSchema.shape).join(", ");
    const expected = format.name === "rewardlab" ? `; the fields are ${names}` : ` (otherFields: keep takes them along)`;
    throw new RowProblem(`unknown field ${Object.keys(extra).map(quoted).join(", ")}${expected}`);
  }
  const problems = new Problems();
  const given = { ...fields, id, images: [], responses: shown, preferred: better };
  const row = checkedRow(given, "", problems, { otherFields: "refuse" });
  if (row === undefined) throw new RowProblem(problems.messages.map((message) => message.slice(2)).join("; "));
  const [first, second] = responses;
  if (compares && care.identical !== "keep" && asSeen(first) === asSeen(second)) {
    if (care.identical === "drop") return "identical";
    throw new RowProblem(identicalResponses(row)!);
  }
  const { images: _, ...rest } = row;
  return { row: extra === undefined ? rest : { ...rest, extra }, pictures };
}
