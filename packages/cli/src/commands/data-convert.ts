import { InputError, messageOf } from "@rewardlab/core";
import { convertPreferences } from "@rewardlab/data";
import type { ReadOptions } from "@rewardlab/data";

/** What `data convert` and `data split` take of how rows are read. */
export interface ReadFlags extends Omit<ReadOptions, "mapping" | "broken"> {
  readonly mapping?: string;
  readonly skipBroken?: boolean;
}

/** Flags as options of the reader. Throws `InputError` for a mapping that is no JSON. */
export function readOptions(flags: ReadFlags): ReadOptions {
  const { format, ties, order, pictureFolder, picturePrefix, download, repeatedIds, mapping, skipBroken } = flags;
  const given = { format, ties, order, pictureFolder, picturePrefix, download, repeatedIds, mapping: mappingOf(mapping) };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as ReadOptions;
  return skipBroken === true ? { ...options, broken: "skip" } : options;
}

function mappingOf(text: string | undefined): ReadOptions["mapping"] {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as ReadOptions["mapping"];
  } catch (error) {
    throw new InputError(
      "RL_DATASET",
      `--mapping: is no JSON (${messageOf(error)}), expected e.g. '{"question": "ask", "chosen": "good", "rejected": "bad"}'`,
    );
  }
}

/** `rewardlab data convert`: writes rows of any format as our own, with their pictures beside them. */
export async function dataConvert(from: string, to: string, flags: ReadFlags & { readonly json?: boolean }): Promise<void> {
  const written = await convertPreferences(from, to, readOptions(flags));
  if (flags.json === true) {
    console.log(JSON.stringify(written, null, 2));
    return;
  }
  for (const { file, kind, format, rows, broken, ties, identical } of written.files) {
    const left = Object.entries({ broken, ties, identical }).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []));
    console.log(`${file}: ${kind}, ${format}, ${rows} rows${left.length > 0 ? `; left out: ${left.join(", ")}` : ""}`);
  }
  for (const problem of written.problems) console.log(`  ${problem}`);
  console.log(`${to}: ${written.rows} rows, ${written.pictures} pictures`);
}
