/** Things in the order of how few changes make their text `text`, each text once. */
export function closest<T>(text: string, candidates: readonly T[], textOf: (candidate: T) => string): T[] {
  return [...new Map(candidates.map((candidate) => [textOf(candidate), candidate]))]
    .map(([own, candidate]) => ({ own, candidate, distance: distance(text, own) }))
    .sort((a, b) => a.distance - b.distance || (a.own < b.own ? -1 : 1))
    .map(({ candidate }) => candidate);
}

/** Characters to insert, remove or replace (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
