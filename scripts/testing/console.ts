/** A fenced block of a document that a test can follow. */
export type Step =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'command'; readonly command: string; readonly output: string };

/**
 * What a document does, in its order: a block `ts` that begins with a comment of its path is a file, a block `console` one
 * command after `$ ` and what it prints; nothing after it where that is of no interest.
 */
export function stepsOf(markdown: string): Step[] {
  const steps: Step[] = [];
  for (const [, language, body = ''] of markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)) {
    const path = language === 'ts' ? /^\/\/ (\S+)\n/.exec(body)?.[1] : undefined;
    if (path !== undefined) steps.push({ kind: 'file', path, text: body });
    if (language !== 'console') continue;
    const [first = '', ...output] = body.trimEnd().split('\n');
    if (!first.startsWith('$ ')) throw new Error(`a console block without a command: ${first}`);
    steps.push({ kind: 'command', command: first.slice(2), output: output.join('\n') });
  }
  return steps;
}
