import type { ErrorCode } from "@rewardlab/core";
import type { RunStatus, Shortening } from "@rewardlab/core/host";

/** What a worker is told, as JSON in its arguments. */
export interface WorkerTask {
  readonly file: string;
  readonly set: readonly string[];
  /** The cell's name. */
  readonly cell: string;
  readonly seed: number;
  /** The run's key when the grid was started. */
  readonly key: string;
  readonly root: string;
  readonly useShipped: boolean;
  /** Only as many steps of each stage as it takes to time one; the stages named are left whole. Absent: the whole run. */
  readonly firstSteps?: readonly string[];
  /** Only these stages, cut short. Absent: the whole run. */
  readonly shortened?: Shortening;
}

/** What it tells. Whatever it tells is a sign of life. */
export type WorkerMessage =
  | {
      readonly type: "progress";
      readonly what: string;
      readonly done: number;
      /** 0: nothing to count, it waits. */
      readonly total: number;
      /** null: not finite, which JSON can't say. */
      readonly values: Readonly<Record<string, number | null>>;
    }
  | { readonly type: "note"; readonly message: string }
  /** Which engine it has. */
  | { readonly type: "engine"; readonly message: string }
  | { readonly type: "finished"; readonly status: RunStatus }
  | {
      readonly type: "failed";
      readonly kind: "input" | "interrupted" | "run";
      readonly code: ErrorCode;
      readonly message: string;
      readonly stack: string;
      /** Another try may go well. */
      readonly chance: boolean;
    };
