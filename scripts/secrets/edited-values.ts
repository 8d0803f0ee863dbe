import { isUtf8 } from 'node:buffer';
import { dump, FAILSAFE_SCHEMA, load } from 'js-yaml';
import { UsageError } from '../usage-error.ts';
import type { Values } from './keeper.ts';

/** The values as somebody edits them: YAML, each key with its text. Binary values are not among them. */
export function editableText(values: Values): string {
  const texts = [...values].filter(([, bytes]) => isUtf8(bytes));
  return dump(Object.fromEntries(texts.map(([key, bytes]) => [key, Buffer.from(bytes).toString()])), {
    lineWidth: -1,
    noRefs: true,
  });
}

/** What was changed in an edited text. @throws UsageError when it is not keys with text; it quotes nothing */
export function editedValues(before: Values, text: string): { readonly set: Values; readonly remove: string[] } {
  let value: unknown;
  try {
    value = load(text, { schema: FAILSAFE_SCHEMA }) ?? {};
  } catch {
    // The parser's message would quote the values.
    throw wrongForm();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongForm();
  const entries = Object.entries(value as Record<string, unknown>);
  const after = new Map<string, Uint8Array>();
  for (const [key, each] of entries) {
    if (typeof each !== 'string') throw wrongForm();
    if (each === '') throw new UsageError(`a value is empty; nothing was changed`);
    after.set(key, Buffer.from(each));
  }
  const set = new Map([...after].filter(([key, bytes]) => Buffer.compare(bytes, before.get(key) ?? Buffer.of()) !== 0));
  const remove = [...before].filter(([key, bytes]) => isUtf8(bytes) && !after.has(key)).map(([key]) => key);
  return { set, remove };
}

function wrongForm(): UsageError {
  return new UsageError('what was edited is no YAML with one text for each key; nothing was changed');
}
