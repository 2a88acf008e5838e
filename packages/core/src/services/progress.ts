import { token } from "./token.ts";

/** Plain progress of long work. */
export interface Progress {
  /** `done` of `total` units of `what`; `values` are shown beside the bar. */
  update(what: string, done: number, total: number, values?: Readonly<Record<string, number>>): void;
  note(message: string): void;
}
/** Injects what tells the user how far it is. */
export const Progress = token<Progress>("Progress", { methods: ["update", "note"] });
