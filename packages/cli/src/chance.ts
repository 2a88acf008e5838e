/** Codes of the system, of Node's network and of our own that may be gone at the next try: a disk that is full now, a service that is away. */
const passing = new Set(
  [
    // disks and files
    ["ENOSPC", "EDQUOT", "EIO", "ESTALE", "EMFILE", "ENFILE", "EBUSY", "RL_DISK_FULL", "RL_LOCKED"],
    // memory and processes
    ["ENOMEM", "EAGAIN", "RL_OUT_OF_MEMORY"],
    // services and networks
    ["ETIMEDOUT", "ECONNRESET", "ECONNABORTED", "ECONNREFUSED", "EPIPE", "ENETUNREACH", "EHOSTUNREACH", "EAI_AGAIN"],
    ["UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT", "UND_ERR_SOCKET", "RL_NO_NETWORK"],
  ].flat(),
);

/** Whether an error may be chance, by itself or by what caused it. Any other comes again, since a run computes the same each time. */
export function mayBeChance(error: unknown, seen = new Set<unknown>()): boolean {
  if (typeof error !== "object" || error === null || seen.has(error)) return false;
  seen.add(error);
  const { code, name, cause, errors } = error as Partial<Record<"code" | "name" | "cause" | "errors", unknown>>;
  if (passing.has(String(code)) || name === "TimeoutError") return true;
  return [cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])].some((inner) => mayBeChance(inner, seen));
}
