import type { ErrorCode, RunStatus } from "@rewardlab/core";

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
}

/** What it tells. */
export type WorkerMessage =
  | {
      readonly type: "progress";
      readonly what: string;
      readonly done: number;
      readonly total: number;
      readonly values: Readonly<Record<string, number>>;
    }
  | { readonly type: "note"; readonly message: string }
  | { readonly type: "finished"; readonly status: RunStatus }
  | {
      readonly type: "failed";
      readonly kind: "input" | "interrupted" | "run";
      readonly code: ErrorCode;
      readonly message: string;
      readonly stack: string;
    };
