/** Plain JSON data. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

type Filled = readonly [Json, ...Json[]] | { readonly [key: string]: Json };
type Path = (string | number)[];

/**
 * Writes one Kubernetes object as block-style YAML, keys in the order given.
 *
 * The text reads back as the same data with the decoder of kubectl, the API server and Argo CD (sigs.k8s.io/yaml on
 * go-yaml v2: YAML 1.1 with parts of 1.2), with that of kustomize and Flux (go-yaml v3), and with YAML 1.2 parsers.
 *
 * @throws Error with the JSON path for what JSON or a decoder cannot carry: NaN, Infinity, -0, an integer beyond
 *   2^53 - 1, a lone surrogate, undefined, an object that is not plain. The message quotes keys, never strings.
 */
export function toYaml(value: Json): string {
  const path: Path = [];
  if (!isFilled(value)) return `${inline(value, '', path)}\n`;
  const parts: string[] = [];
  addLines(parts, value, '', path);
  parts.push('\n');
  return parts.join('');
}

/** An array or object with members, which takes lines of its own; empty ones are written like scalars. */
function isFilled(value: Json): value is Filled {
  if (typeof value !== 'object') return false;
  for (const _ in value) return true;
  return false;
}

/** Adds the lines of an array or object: the first without indentation, the last without its end. */
function addLines(parts: string[], value: Filled, pad: string, path: Path): void {
  const depth = path.length;
  const next = `\n${pad}`;
  const inner = `${pad}  `;
  if (isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item = value[i] as Json;
      path[depth] = i;
      if (i > 0) parts.push(next);
      parts.push('- ');
      if (isFilled(item)) addLines(parts, item, inner, path);
      else parts.push(inline(item, pad, path));
    }
  } else {
    requirePlain(value, path);
    let first = true;
    for (const name in value) {
      const item = value[name] as Json;
      path[depth] = name;
      if (!first) parts.push(next);
      first = false;
      parts.push(key(name, pad, path));
      if (!isFilled(item)) {
        parts.push(' ', inline(item, pad, path));
      } else if (isArray(item)) {
        parts.push(next);
        addLines(parts, item, pad, path);
      } else {
        parts.push(next, '  ');
        addLines(parts, item, inner, path);
      }
    }
  }
  path.length = depth;
}

/** Keys with their colon: few names make up all objects. */
const knownKeys = new Map<string, string>();

/** A key and its colon. A colon more than 1,024 characters after the start of its key is not seen without `?`. */
function key(name: string, pad: string, path: Path): string {
  const known = knownKeys.get(name);
  if (known !== undefined) return known;
  const text = oneLine(name, path);
  if (text.length > 1024) return `? ${text}\n${pad}:`;
  knownKeys.set(name, `${text}:`);
  return `${text}:`;
}

/** What stands behind a colon or a dash; `pad` is the indentation of that line. */
function inline(value: Json, pad: string, path: Path): string {
  if (typeof value === 'string')
    return value.includes('\n') ? manyLines(value, `${pad}  `, path) : oneLine(value, path);
  if (typeof value === 'number') return number(value, path);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (isArray(value) && value.length === 0) return '[]';
  requirePlain(value, path);
  return '{}';
}

function number(value: number, path: Path): string {
  if (!Number.isFinite(value) || Object.is(value, -0) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw unwritable(path, Object.is(value, -0) ? '-0' : String(value));
  }
  // YAML 1.1 takes an exponent for a number only behind a decimal point.
  return String(value).replace(/^(-?\d)e/, '$1.0e');
}

/**
 * Characters that stay as they are. Outside: what go-yaml refuses (C0, DEL, C1, U+FFFE, U+FFFF), what it takes for a
 * line break (U+0085, U+2028, U+2029) or a byte order mark, and the controls that reorder text on a reviewer's screen.
 */
const RAW = ' -~\\u00a0-\\u2027\\u202f-\\u2065\\u206a-\\ufefe\\uff00-\\ufffd';
const NOT_RAW = new RegExp(`[^${RAW}]`, 'g');
const NOT_IN_BLOCK = new RegExp(`[^\\t\\n${RAW}]`);
const NOT_IN_PLAIN = /[^ -~]|:(?: |$)| (?:#|$)/;

/**
 * How a plain scalar begins: as a word, flag, path or variable, or with a digit before a character that no number and no
 * date has. Not the words of YAML 1.1 in any case, and not a bare exponent, which npm's `yaml` takes for a number.
 */
const PLAIN_START = /^(?!(?:y|yes|n|no|true|false|on|off|null|-?e[-+]?\d+)$)(?:-{0,2}[a-z]|[/_$]|\d.*[g-np-sw/%])/i;

/**
 * What a block would not carry everywhere: a tab at the start, which kustomize writes so that it cannot read it itself; a
 * last line of white space alone, which npm's `yaml` and many editors drop.
 */
const FRAGILE = /^\t|^\s*$|\n[ \t]+\n*$/;

function oneLine(text: string, path: Path): string {
  if (PLAIN_START.test(text) && !NOT_IN_PLAIN.test(text)) return text;
  if (!text.isWellFormed()) throw unwritable(path, 'a string with a lone surrogate');
  return JSON.stringify(text).replace(NOT_RAW, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function manyLines(text: string, pad: string, path: Path): string {
  if (!text.isWellFormed() || NOT_IN_BLOCK.test(text) || FRAGILE.test(text)) return oneLine(text, path);
  // Spaces or a tab that the text begins with would be taken for indentation, unless its width is given.
  const width = /^\n*[ \t]/.test(text) ? '2' : '';
  const chomping = text.endsWith('\n\n') ? '+' : text.endsWith('\n') ? '' : '-';
  const first = text.startsWith('\n') ? '' : pad;
  const body = chomping === '-' ? text : text.slice(0, -1);
  return `|${width}${chomping}\n${first}${body.replace(/\n(?=[^\n])/g, `\n${pad}`)}`;
}

const isArray: (value: Json) => value is readonly Json[] = Array.isArray;

function requirePlain(value: unknown, path: Path): void {
  if (typeof value !== 'object') throw unwritable(path, typeof value);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    throw unwritable(path, 'an object that is not plain');
}

function unwritable(path: Path, what: string): Error {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    return /^[a-z_]\w*$/i.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  });
  return new Error(`$${steps.join('')}: YAML for Kubernetes cannot hold ${what}`);
}
