/** Which version of each framework the variants are of; the fixtures are made from the same (tools/oracles/README.md). */
export const trl = "TRL 1.16.0";
export const verl = "verl 0.9.1";
export const openrlhf = "OpenRLHF 0.11.2";
export const nemo = "NeMo-RL at 7ea279ab";
