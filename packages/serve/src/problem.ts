/** Why a request isn't answered, as the client is told. */
export class Problem extends Error {
  readonly status: number;
  /** Stays the same while wordings change. */
  readonly code: string;
  /** The field that is wrong. */
  readonly param: string | null;
  /** When another try may go well. */
  readonly retrySeconds: number | null;

  constructor(
    status: number,
    code: string,
    message: string,
    { param = null, retrySeconds = null }: { readonly param?: string | null; readonly retrySeconds?: number | null } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
    this.retrySeconds = retrySeconds;
  }
}

/** As OpenAI's API writes errors, which its clients read. */
export function problemBody({ message, status, code, param }: Problem): object {
  const type = status >= 500 ? "server_error" : status === 401 ? "authentication_error" : "invalid_request_error";
  return { error: { message, type, code, param } };
}
