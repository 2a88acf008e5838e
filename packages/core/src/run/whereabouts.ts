import type { Container } from "../plugin/container.ts";
import type { Resolved } from "../plugin/resolved.ts";
import type { Progress } from "../services/progress.ts";

/** Where a stage is, for errors: "stage rl, iteration 4". */
export interface Whereabouts {
  /** What the stage tells, passed on. */
  readonly progress: Progress;
  /** `begun`: how many units were done when it began. */
  at(begun: number): string;
}

/** Follows what a stage tells of its progress; any stage's, since all of them tell it. */
export function whereabouts(name: string, stage: Resolved<"stage">, container: Container, progress: Progress): Whereabouts {
  let told: number | null = null;
  return {
    progress: {
      update: (what, done, total, values) => {
        if (what === name) told = done;
        progress.update(what, done, total, values);
      },
      note: (message) => progress.note(message),
    },
    at: (begun) => {
      const unit = unitOf(stage, container);
      return `stage ${name}${unit === null ? "" : `, ${unit} ${(told ?? begun) + 1}`}`;
    },
  };
}

/** What it counts, by its own word. Nothing that goes wrong here may hide the error that is told. */
function unitOf({ component, options }: Resolved<"stage">, container: Container): string | null {
  try {
    return component.work?.(options, (slot) => container.fill(slot))?.unit.replace(/s$/, "") ?? null;
  } catch {
    return null;
  }
}
