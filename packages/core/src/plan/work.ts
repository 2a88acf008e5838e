import type { Resolved } from "../plugin/resolved.ts";
import type { Container } from "../plugin/container.ts";
import type { StageWork } from "../stage.ts";

/** How much a stage does, by its own word; null where it doesn't say. `container` creates parts of it that are asked about themselves. */
export function stageWork({ component, options }: Resolved<"stage">, container: Container): StageWork | null {
  return component.work?.(options, (slot) => container.fill(slot)) ?? null;
}
