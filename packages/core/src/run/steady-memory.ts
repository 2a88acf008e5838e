/** What a training process is started with, where its C library is glibc: one arena. Memory that one thread freed is then there for the others. */
export const steadyMemoryVariables: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: "1" };

/** Node's: a young generation that stays small, of which a tape of gradients fills a part. steady-heap.ts has V8's own settings. */
export const steadyMemoryFlags: readonly string[] = ["--max-semi-space-size=8"]; // MiB
