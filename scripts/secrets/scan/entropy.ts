/** Bits per character (Shannon). */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}

/**
 * Words of a text that look random: hexadecimal of 32 digits or more, or base64 of 24 characters or more. The limits are those
 * of detect-secrets (Yelp, 1.5: 3.0 bits for hexadecimal, 4.5 for base64). Digests, which say so themselves, are public.
 */
export function randomWords(text: string): string[] {
  return [
    ...text.matchAll(/(?<![A-Za-z0-9+/_=-])(?<digest>(?:sha\d+|SHA\d+)[:-])?(?<word>[A-Za-z0-9+/_-]{24,}={0,2})/g),
  ]
    .filter(({ groups }) => groups?.digest === undefined)
    .map(({ groups }) => groups?.word ?? '')
    .filter(isRandom);
}

function isRandom(word: string): boolean {
  if (/^[0-9a-fA-F]+$/.test(word)) return word.length >= 32 && entropy(word) > 3;
  const mixed = /[a-z]/.test(word) && /[A-Z]/.test(word) && /[0-9]/.test(word);
  return mixed && entropy(word) > 4.5;
}
