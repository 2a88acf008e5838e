import type { StageContext } from "../stage.ts";

/** What a service is told that a policy it keeps is called: the stage, its key, and how many iterations or steps it has done. */
export function keptName({ name, key }: Pick<StageContext, "name" | "key">, done: number): string {
  return `${name.replace(/[^A-Za-z0-9_-]/g, "_")}-${key.slice(0, 12)}-${String(done).padStart(6, "0")}`;
}
