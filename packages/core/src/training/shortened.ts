/** What a stage that is killed and resumed has at most. Two of three steps or iterations lie behind a checkpoint, so that a kill costs some of them. */
export const SHORT = { steps: 5, batch: 8, iterations: 7, prompts: 8, items: 16, itemsPerBatch: 4, checkpointEvery: 3 };

/** Units that are timed: the first warms up (kernels are compiled, memory is taken), and the second one counts. */
export const TIMED = 2;
