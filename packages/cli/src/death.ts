import { addressSpaceLimit, openFilesLimit } from "@rewardlab/storage";

/** How a run's process ended that could not say so itself: by a signal or a code, and what it wrote to stderr last. */
export interface Death {
  readonly message: string;
  /** Whether the message says all. */
  readonly known: boolean;
  /** Another try may go well: it was ended by a signal, or for want of memory or files. A code is what its own program said, and would say again. */
  readonly chance: boolean;
}

const NEEDS_LESS = "Fewer --workers, a smaller update.microbatch, or fewer prompts in rollout or evaluate need less";

/** Memory that runs out where no error can be caught ends the process: C++ and V8 say so before, the system (SIGKILL) says nothing. */
export function explainDeath(code: number | null, signal: string | null, complaints: string): Death {
  const message = `its process ended with ${signal ?? `code ${code}`}`;
  if (/EMFILE|too many open files/i.test(complaints))
    return { message: `${message}. ${openFilesLimit()}`, known: true, chance: true };
  if (/std::bad_alloc|out of memory|Cannot allocate memory|Allocation failed|could not allocate/i.test(complaints))
    return { message: `${message}: out of memory. ${addressSpaceLimit() || NEEDS_LESS}`, known: true, chance: true };
  if (signal === "SIGKILL")
    return { message: `${message}, as the system does where memory runs out. ${NEEDS_LESS}`, known: true, chance: true };
  if (signal === null && (code === 0 || code === 13))
    return {
      message: `${message} before the run did: something in it ended it, or it waited for what never comes`,
      known: true,
      chance: false,
    };
  return { message, known: false, chance: signal !== null };
}
