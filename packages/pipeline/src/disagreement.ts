/** 1 − the share of k votes that the most frequent choice has: 0 where all agree. A vote that is neither 1 nor 2 nor tie is for none, so k unreadable ones give 1. */
export function disagreement(votes: readonly (string | null)[]): number {
  const counts = new Map<string, number>();
  for (const vote of votes) {
    const choice = vote === "1" || vote === "2" || vote === "tie" ? vote : "unreadable";
    counts.set(choice, (counts.get(choice) ?? 0) + 1);
  }
  const most = Math.max(0, ...[...counts].filter(([choice]) => choice !== "unreadable").map(([, count]) => count));
  return 1 - most / votes.length;
}
