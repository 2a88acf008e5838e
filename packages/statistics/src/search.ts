/** Where something that is false below and true above changes, between a number where it is false and one where it is true: by halving, to 2⁻⁵⁰ of their distance. */
export function turningPoint(isAbove: (x: number) => boolean, from: number, to: number): number {
  let [low, high] = [from, to];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (isAbove(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The least count from `from` on that is enough, where all larger ones are too: by doubling, then halving. null where a million isn't. */
export function leastCount(enough: (count: number) => boolean, from: number): number | null {
  if (!enough(MOST)) return null;
  let [least, most] = [from - 1, from];
  while (!enough(most)) [least, most] = [most, Math.min(MOST, 2 * most)];
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (enough(middle)) most = middle;
    else least = middle;
  }
  return most;
}
const MOST = 1_000_000;
