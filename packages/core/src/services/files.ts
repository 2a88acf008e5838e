import { token } from "./token.ts";

/** Where a component may read and cache. */
export interface Files {
  /** The experiment file's folder: paths written in it are relative to this. */
  readonly folder: string;
  /** A folder for what can be made again, addressed by content hash. */
  readonly cache: string;
}
/** Injects the folder that paths in options are relative to, and the cache. */
export const Files = token<Files>("Files");
