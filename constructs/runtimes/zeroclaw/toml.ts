/** What a TOML document may hold here: ZeroClaw's configuration needs no dates, floats or nested arrays. */
export type TomlValue = string | number | boolean | readonly string[] | TomlTable | readonly TomlTable[];

/** A table; keys with `undefined` are left out, the others keep their order. */
export interface TomlTable {
  readonly [key: string]: TomlValue | undefined;
}

/** Longest line that an array may fill before it gets one line per item. */
const width = 100;

/**
 * A TOML 1.0 document. The same table gives the same bytes.
 *
 * @throws RangeError for what TOML cannot say: a number that is not a safe integer, a string with half a surrogate pair
 */
export function toml(document: TomlTable): string {
  return `${tableLines(document, []).join('\n')}\n`;
}

function tableLines(table: TomlTable, path: readonly string[]): string[] {
  const own: string[] = [];
  const below: string[] = [];
  for (const [key, value] of Object.entries(table)) {
    if (value === undefined) continue;
    const inner = [...path, key];
    if (isTables(value)) {
      for (const item of value) below.push('', `[[${keyPath(inner)}]]`, ...tableLines(item, inner));
    } else if (isTable(value)) {
      const lines = tableLines(value, inner);
      // A table that only holds tables needs no header of its own.
      below.push(...(lines[0] === '' ? [] : ['', `[${keyPath(inner)}]`]), ...lines);
    } else {
      own.push(`${keyPath([key])} = ${scalar(value)}`);
    }
  }
  return [...own, ...below];
}

function isTables(value: TomlValue): value is readonly TomlTable[] {
  return Array.isArray(value) && typeof value[0] === 'object';
}

function isTable(value: TomlValue): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value);
}

function keyPath(keys: readonly string[]): string {
  return keys.map((key) => (/^[A-Za-z0-9_-]+$/.test(key) ? key : basicString(key))).join('.');
}

function scalar(value: string | number | boolean | readonly string[]): string {
  if (typeof value === 'string') return basicString(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a safe integer`);
    return String(value);
  }
  const items = value.map(basicString);
  const line = `[${items.join(', ')}]`;
  return line.length <= width ? line : `[\n${items.map((item) => `  ${item},\n`).join('')}]`;
}

const escapes: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

function basicString(text: string): string {
  if (!text.isWellFormed()) throw new RangeError('a TOML string cannot hold half a surrogate pair');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that TOML wants escaped
  const escaped = text.replace(/[\u0000-\u001f"\\\u007f]/g, (character) => {
    return escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`;
  });
  return `"${escaped}"`;
}
