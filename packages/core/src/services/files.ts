import { token } from "./token.ts";

/** Where a component may read and cache. */
export interface Files {
  /** The experiment file's folder: paths written in it are relative to this. */
  readonly folder: string;
  /** A folder for what can be made again, addressed by content hash. */
  readonly cache: string;
}
export const Files = token<Files>("Files");
