import { RunError } from "@rewardlab/storage";
import { BUDGET } from "./cost.ts";

/** A request that got no usable answer, after all its tries. `away`: nothing of the request is to blame; another one would fare no better just now. */
export class EndpointError extends RunError {
  readonly away: boolean;
  constructor(message: string, away: boolean, options?: ErrorOptions) {
    super(away ? "RL_ENDPOINT_AWAY" : "RL_ENDPOINT_REFUSED", message, options);
    this.away = away;
  }
}

/** Whether this one request has no answer, and others may have. */
export function isEndpointError(error: unknown): error is EndpointError {
  return error instanceof EndpointError;
}

/** Whether all that may be spent is spent (`maxCost`, `maxRequests`, or the provider's own quota). */
export function isBudgetError(error: unknown): error is RunError {
  return error instanceof RunError && error.code === BUDGET;
}
