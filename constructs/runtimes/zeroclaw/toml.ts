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
  const lines: string[] = [];
  addTable(lines, document, '');
  return `${lines.join('\n')}\n`;
}

/** Adds the lines of a table: its own values, and below them its tables, each with its header. */
function addTable(lines: string[], table: TomlTable, prefix: string): void {
  const tables: string[] = [];
  for (const key in table) {
    const value = table[key];
    if (value === undefined) continue;
    if (isTables(value) || isTable(value)) tables.push(key);
    else lines.push(`${keyText(key)} = ${scalar(value)}`);
  }
  for (const key of tables) {
    const value = table[key] as TomlTable | readonly TomlTable[];
    const path = `${prefix}${keyText(key)}`;
    for (const item of isTables(value) ? value : [value]) {
      if (item !== value) lines.push('', `[[${path}]]`);
      else if (!holdsTablesAlone(item)) lines.push('', `[${path}]`);
      addTable(lines, item, `${path}.`);
    }
  }
}

/** Such a table needs no header of its own. */
function holdsTablesAlone(table: TomlTable): boolean {
  const values = Object.values(table).filter((value) => value !== undefined);
  return values.length > 0 && values.every((value) => isTables(value) || isTable(value));
}

function isTables(value: TomlValue): value is readonly TomlTable[] {
  return Array.isArray(value) && typeof value[0] === 'object';
}

function isTable(value: TomlValue): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value);
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : basicString(key);
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
