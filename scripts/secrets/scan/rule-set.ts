import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import type { Found } from './found.ts';
import { tokensIn } from './token-shapes.ts';

const preset = '@secretlint/secretlint-rule-preset-recommend';

const config = {
  rules: [
    {
      id: preset,
      rule: creator,
      // A comment in a file must not silence its findings: only the reviewed allow-list does.
      rules: [{ id: '@secretlint/secretlint-rule-filter-comments', disabled: true }],
    },
  ],
};

/** Tokens and keys of known shapes in a text: those of secretlint's recommended rules and our own. */
export async function knownSecrets(path: string, text: string): Promise<Found[]> {
  const source = { filePath: path, content: text, contentType: 'text' as const };
  const { messages } = await lintSource({ source, options: { noPhysicFilePath: true, maskSecrets: true, config } });
  const theirs = messages.flatMap((message) =>
    message.type === 'message'
      ? [
          {
            id: message.messageId.toLowerCase().replaceAll('_', '-'),
            value: text.slice(...message.range),
            offset: message.range[0],
          },
        ]
      : [],
  );
  // The same place may have several rules; the first says enough.
  const found: typeof theirs = [];
  for (const each of [...tokensIn(text), ...theirs]) {
    const end = each.offset + each.value.length;
    if (!found.some(({ offset, value }) => each.offset < offset + value.length && offset < end)) found.push(each);
  }
  return found
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, ...rest }) => ({ ...rest, line: lineAt(text, offset) }));
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
