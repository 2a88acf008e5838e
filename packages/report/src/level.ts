/** Level at which a difference is claimed. */
export const LEVEL = 0.05;
