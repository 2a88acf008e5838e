import { dataset, Files, Progress } from "@rewardlab/core";
import { preferencesDataset } from "./preferences-dataset.ts";
import { formatIssues, preferencesOptions, splitIssues } from "./preferences-options.ts";

/**
 * preferences: preference items from what people have them in: JSON lines, JSON arrays and Parquet, in the columns of our own rows, of R1-Reward, TRL, LLaVA, RLAIF-V,
 * the benchmarks of reward models, or of a mapping. The README has the formats.
 *
 * All files are read once, checked, and kept in the cache as our rows, embedded pictures as files; what is wrong is reported together, with file and line. An item is
 * then found by its place whatever its file was, and only the last used pictures are in memory.
 */
export const preferences = dataset({
  name: "preferences",
  summary: "preference data as people have them: JSON lines, JSON arrays or Parquet, in several formats or by a mapping",
  options: preferencesOptions,
  inject: { files: Files, progress: Progress },
  checks: [
    { reads: ["file", "files", "folder", "train", "test", "splits", "split", "heldOut"], find: splitIssues },
    { reads: ["format", "mapping"], find: formatIssues },
  ],
  create: (options, { files, progress }) => {
    const { cacheMegabytes, ...others } = options;
    return preferencesDataset(
      { ...others, base: files.folder, cache: files.cache, cacheBytes: cacheMegabytes * 2 ** 20 },
      { update: (done, total) => progress.update("pictures", done, total), note: (message) => progress.note(message) },
    );
  },
});
