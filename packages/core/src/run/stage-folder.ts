import { existsSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { checkpointKey } from "./checkpoint.ts";
import { LOCK_FILE, makeFolder, moveTo, readJsonObject, unusedPath, writeJson } from "@rewardlab/storage";

/** What stage.json says: which stage began here, and where what it left is being set aside to, if that was begun. */
interface Begun {
  readonly stage: string;
  readonly key: string;
  readonly setAside?: string;
}

/** What is the run's, not the stage's, where a stage works in the run's own folder. */
const OF_THE_RUN = new Set([
  LOCK_FILE,
  "before",
  "experiment.yaml",
  "log.txt",
  "metrics.json",
  "provenance.json",
  "results.json",
  "stage.json",
  "status.json",
  "timing.json",
]);

/** Of what a stage left: those that tell that there is something. Without stage.json nothing else is touched. */
const LEFT = ["checkpoints", "artefact.json", "model.safetensors", "metrics.jsonl", "samples.jsonl"];

/**
 * Makes a run's folder ready for a stage that keeps its work there: what is there and belongs to it stays, what belongs to another version of the experiment
 * is set aside, whole. That is begun by writing into stage.json where it goes, and ended by removing stage.json; a kill or an error in between leaves it
 * to be ended by the next run, whatever the experiment then says, so that no two versions are ever mixed.
 * `others`: folders of other stages in it. `tell`: says what became of what was there.
 */
export function readyStageFolder(
  folder: string,
  { stage, key }: { readonly stage: string; readonly key: string },
  others: readonly string[],
  tell: (message: string, aside: string) => void,
): void {
  makeFolder(folder);
  const begun = readBegun(folder);
  if (begun?.setAside !== undefined) {
    finishSetAside(folder, begun.setAside, others);
    tell(
      "what an earlier version of the experiment left was being set aside when that was interrupted; it starts anew",
      begun.setAside,
    );
  } else {
    const belongsTo = begun?.key ?? keyOfLeftovers(folder) ?? key;
    const isMixed = belongsTo === key && (checkpointKey(folder) ?? key) !== key; // copied here by hand, or of an older RewardLab
    if (belongsTo !== key || isMixed) {
      const aside = setAside(folder, { stage, key: belongsTo }, others);
      tell(isMixed ? "its checkpoint belongs to something else" : "the experiment was changed since this run", aside);
    }
  }
  if (readBegun(folder)?.key !== key) writeJson(join(folder, "stage.json"), { stage, key });
}

function readBegun(folder: string): Begun | null {
  const path = join(folder, "stage.json");
  const advice = `Remove the file ${path} to go on: if what lies beside it belongs to this experiment it is taken, else it is kept under before.`;
  return (readJsonObject(path, advice) as Begun | undefined) ?? null;
}

/** Without stage.json: what a checkpoint or an artefact says; "unknown" where neither does, null where nothing is there. */
function keyOfLeftovers(folder: string): string | null {
  if (!LEFT.some((name) => existsSync(join(folder, name)))) return null;
  const path = join(folder, "artefact.json");
  const artefact = readJsonObject(path, `Remove the folder ${folder} to run it again.`) as { key?: string } | undefined;
  return artefact?.key ?? checkpointKey(folder) ?? "unknown";
}

function setAside(folder: string, begun: Begun, others: readonly string[]): string {
  const aside = unusedPath(join(folder, "before", begun.key.slice(0, 12)));
  const name = basename(aside);
  writeJson(join(folder, "stage.json"), { ...begun, setAside: name });
  finishSetAside(folder, name, others);
  return name;
}

function finishSetAside(folder: string, name: string, others: readonly string[]): void {
  const aside = join(folder, "before", name);
  makeFolder(aside);
  const { setAside: _done, ...begun } = readBegun(folder)!;
  const stays = new Set([...OF_THE_RUN, ...others]);
  for (const one of readdirSync(folder))
    if (!stays.has(one) && !one.endsWith(".part")) moveTo(join(folder, one), join(aside, one));
  writeJson(join(aside, "stage.json"), begun);
  rmSync(join(folder, "stage.json"));
}
