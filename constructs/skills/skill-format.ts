import type { Problem } from '../problem.ts';

/** What a `SKILL.md` says about itself, and everything that is wrong with it. */
export interface ParsedSkill {
  /** As written; empty when it cannot be read. */
  readonly name: string;
  /** As written; empty when it cannot be read. */
  readonly description: string;
  readonly problems: readonly Problem[];
}

/** By key; `metadata KEY` for the keys below `metadata`. A value that cannot be read is undefined, and reported already. */
type Fields = ReadonlyMap<string, { readonly value: string | undefined; readonly line: number }>;

const allowedKeys = ['name', 'description', 'license', 'compatibility', 'metadata', 'allowed-tools'];
const longest = { name: 64, description: 1024, compatibility: 500 } as const;

/**
 * Reads and checks a `SKILL.md` (agentskills.io specification; agentskills/agentskills `docs/specification.mdx`, `skills-ref` validator).
 *
 * Frontmatter is read as a strict subset of YAML that every YAML reader understands alike: `key: value` on one line, plain or
 * quoted strings, `metadata` as a map of one level, comments on lines of their own. The rest of YAML is a problem, never a guess.
 *
 * @param folderName name of the skill's folder, which its `name` must repeat
 * @param skillMd text of the file
 */
export function parseSkill(folderName: string, skillMd: string): ParsedSkill {
  const found: Problem[] = [...hiddenCharacters('SKILL.md', skillMd)];
  const fields = readFrontmatter(skillMd, found);
  if (fields) {
    checkFields(fields, found);
    checkName(fields.get('name')?.value, folderName, found);
  }
  return {
    name: fields?.get('name')?.value ?? '',
    description: fields?.get('description')?.value ?? '',
    problems: found.map((problem) => ({ ...problem, message: `skill ${folderName}: ${problem.message}` })),
  };
}

const hiddenKinds: readonly (readonly [RegExp, string])[] = [
  [/[\u{61C}\u{200E}\u{200F}\u{202A}-\u{202E}\u{2066}-\u{2069}]/u, 'bidirectional control'],
  [
    /[\u{AD}\u{115F}\u{1160}\u{180E}\u{200B}-\u{200D}\u{2060}-\u{2064}\u{3164}\u{FEFF}\u{FFA0}]/u,
    'zero-width character',
  ],
  [/[\u{E0000}-\u{E007F}]/u, 'tag character'],
  // U+FE0E and U+FE0F choose between text and emoji, and are common.
  [/[\u{FE00}-\u{FE0D}\u{E0100}-\u{E01EF}]/u, 'variation selector'],
  [/[\u{D800}-\u{DFFF}]/u, 'lone surrogate'],
  [/[\p{Cc}\p{Cf}\u{2028}\u{2029}]/u, 'control character'],
];

function hiddenKind(char: string): string | undefined {
  return hiddenKinds.find(([pattern]) => pattern.test(char))?.[1];
}

/**
 * Characters that a model reads and a reviewer does not see, or that read in another order than they stand: one problem per line and kind.
 *
 * @param file path below the skill's folder, for the message
 */
export function hiddenCharacters(file: string, text: string): Problem[] {
  const problems: Problem[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^[\t -~]*$/.test(line)) continue;
    const byKind = new Map<string, string[]>();
    for (const char of line.replaceAll('\t', ' ')) {
      const kind = hiddenKind(char);
      if (kind !== undefined) byKind.set(kind, [...(byKind.get(kind) ?? []), codePoint(char)]);
    }
    for (const [kind, points] of byKind) {
      const rest = points.length > 3 ? ` and ${points.length - 3} more` : '';
      problems.push({
        message: `${file} line ${index + 1} has a hidden ${kind}: ${points.slice(0, 3).join(', ')}${rest}`,
        why: 'A model reads it and a reviewer cannot see it, so it can carry instructions that nobody approved.',
        help: 'Delete it, or write the character by its name.',
      });
    }
  }
  return problems;
}

function codePoint(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Foreign text for a message: short, and nothing hidden in it reaches a terminal. */
function quote(text: string): string {
  const chars = [...text].slice(0, 80).map((char) => (hiddenKind(char) === undefined ? char : `<${codePoint(char)}>`));
  return JSON.stringify(`${chars.join('')}${[...text].length > 80 ? '...' : ''}`);
}

/** Undefined when there is no frontmatter at all. */
function readFrontmatter(text: string, found: Problem[]): Fields | undefined {
  const lines = text.split(/\r?\n/);
  const end = lines.indexOf('---', 1);
  if (lines[0] !== '---' || end === -1) {
    found.push({
      message:
        lines[0] === '---' ? 'SKILL.md has no end of its frontmatter' : 'SKILL.md does not start with frontmatter',
      why: 'Runtimes find a skill by the name and description between two lines "---" at the top of the file.',
      help: `Start the file with:\n---\nname: NAME\ndescription: What it does and when to use it.\n---`,
    });
    return undefined;
  }
  const fields = new Map<string, { value: string | undefined; line: number }>();
  /** Indentation below `metadata:`; NaN until its first key; undefined elsewhere. */
  let nesting: number | undefined;
  for (const [index, line] of lines.slice(1, end).entries()) {
    const number = index + 2;
    if (/^\s*(#.*)?$/.test(line)) continue;
    const [, indent = '', key = '', rest = ''] = /^( *)([A-Za-z0-9_][A-Za-z0-9_./-]*):(?: +(.*?))? *$/.exec(line) ?? [];
    const nested = indent !== '';
    const misplaced = nested && (nesting === undefined || (!Number.isNaN(nesting) && nesting !== indent.length));
    if (key === '' || misplaced || isNotString(key)) {
      found.push(outside(number, line));
      continue;
    }
    const path = nested ? `metadata ${key}` : key;
    if (fields.has(path)) {
      found.push({
        message: `SKILL.md line ${number}: "${path}" is given twice`,
        why: 'YAML readers refuse this, or take the one or the other.',
        help: 'Keep one of them.',
      });
      continue;
    }
    const startsMap = path === 'metadata' && rest === '';
    if (nested) nesting = indent.length;
    else nesting = startsMap ? Number.NaN : undefined;
    const value = path === 'metadata' && !startsMap ? undefined : readScalar(rest);
    if (value === undefined) found.push(outside(number, line));
    fields.set(path, { value, line: number });
  }
  return fields;
}

function outside(line: number, text: string): Problem {
  return {
    message: `SKILL.md line ${line} is not "key: value" with a string on one line: ${quote(text)}`,
    why: 'YAML readers disagree on lists, multi-line strings, numbers and anything more here, so that a skill could say one thing to a check and another to a runtime.',
    help: 'Write the value on one line, in double quotes if it holds ": " or " #", starts with a special character, or looks like a number or a truth value.',
  };
}

// What YAML 1.1 or 1.2 reads as null, a truth value, a date, or a number (a lookahead asks for a digit).
const notString =
  /^(?:~|null|true|false|yes|no|on|off|y|n|\d{4}-\d\d?-\d\d?.*|[-+]?\.(?:inf|nan)|(?=[-+]?[\d_.]*\d)[-+]?(?:0b[01_]+|0o[0-7_]+|0x[\da-f_]+|[\d_]*\.?[\d_]*(?:e[-+]?\d+)?|[\d_]+(?::[0-5]?\d)+(?:\.[\d_]*)?))$/i;

function isNotString(text: string): boolean {
  return text.length < 64 && notString.test(text);
}

/** A string on one line; undefined when YAML would read anything else, or readers would differ. */
function readScalar(text: string): string | undefined {
  if (text.startsWith('"')) {
    // Other escapes could hide characters from a reviewer.
    return /^"(?:[^"\\]|\\["\\])*"$/.test(text) ? text.slice(1, -1).replace(/\\(.)/g, '$1') : undefined;
  }
  if (text.startsWith("'")) return /^'(?:[^']|'')*'$/.test(text) ? text.slice(1, -1).replaceAll("''", "'") : undefined;
  if (/^[-?:,[\]{}#&*!|>%@`]/.test(text) || /:(?: |$)| #|\t/.test(text) || isNotString(text)) return undefined;
  return text;
}

function checkFields(fields: Fields, found: Problem[]): void {
  for (const [key, { line }] of fields) {
    if (key.startsWith('metadata ') || allowedKeys.includes(key)) continue;
    found.push({
      message: `SKILL.md line ${line}: ${quote(key)} is not a key of the format`,
      why: 'The reference validator refuses a skill with other keys.',
      help: `Keys are ${allowedKeys.join(', ')}; put your own below metadata.`,
    });
  }
  for (const key of ['name', 'description'] as const) {
    if (fields.has(key)) continue;
    found.push({
      message: `SKILL.md has no "${key}" in its frontmatter`,
      why: 'A model sees only name and description until it opens the skill.',
      help: `Add a line "${key}: ...".`,
    });
  }
  for (const [key, { value, line }] of fields) {
    if (value === undefined || key === 'metadata') continue;
    if (value.trim() === '') {
      found.push({ message: `SKILL.md line ${line}: "${key}" is empty`, help: 'Give it a value, or delete the line.' });
    }
    const limit = key === 'description' || key === 'compatibility' || key === 'name' ? longest[key] : undefined;
    if (limit !== undefined && [...value].length > limit) {
      found.push({
        message: `SKILL.md line ${line}: "${key}" has ${[...value].length} characters, more than ${limit}`,
        help:
          key === 'name' ? 'Choose a shorter one.' : 'Shorten it; details belong in the text below the frontmatter.',
      });
    }
  }
}

function checkName(name: string | undefined, folderName: string, found: Problem[]): void {
  if (name === undefined || name === '') return;
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)) {
    found.push({
      message: `name ${quote(name)} is not made of a-z, 0-9 and single hyphens between them`,
      why: 'Runtimes use it as a path and as an identifier.',
      help: 'Use lowercase words joined by hyphens, such as flux-debugging.',
    });
  }
  if (name !== folderName) {
    found.push({
      message: `name ${quote(name)} is not the name of its folder`,
      why: 'Runtimes look a skill up by its folder and refuse one that calls itself something else.',
      help: 'Rename the folder or the skill.',
    });
  }
}
