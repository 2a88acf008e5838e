/** The value without its sign. */
export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Never negative; of 0 and 0 it is 0. */
export function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return absolute(larger);
}
