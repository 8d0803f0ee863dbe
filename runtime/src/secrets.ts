import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Secret } from './config.ts';

// Every value that must not be told. Shorter ones would take ordinary words out of texts.
const known = new Set<string>();
const shortest = 8;

const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g,
  /\b(?:sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}|AIza[A-Za-z0-9_-]{30,}|AKIA[A-Z0-9]{16}|AGE-SECRET-KEY-1[A-Z0-9]{20,})/g,
  /(?<=\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/-]{16,}=*/gi,
];

/**
 * Reads a credential now, so that a rotated file counts from the next use on.
 * @throws Error that names the file or variable, never the value
 */
export function readSecret(secret: Secret): string {
  let value: string | undefined;
  if ('file' in secret) {
    try {
      value = readFileSync(secret.file, 'utf8').trim();
    } catch (error) {
      throw new Error(`the secret file ${secret.file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
    }
  } else {
    value = process.env[secret.env]?.trim();
  }
  if (value === undefined || value === '')
    throw new Error(`${'file' in secret ? `the secret file ${secret.file}` : `the variable ${secret.env}`} is empty`);
  return protect(value);
}

/** Makes known a credential that was obtained while the program runs; `redact` takes it out from now on. */
export function protect(value: string): string {
  if (value.length >= shortest) {
    known.add(value);
    // As a JSON string holds it, and as a URL does.
    known.add(JSON.stringify(value).slice(1, -1));
    known.add(encodeURIComponent(value));
    known.add(Buffer.from(value).toString('base64').replace(/=+$/, ''));
  }
  return value;
}

/** In a time that depends on neither the content nor the length of the secret one. */
export function sameSecret(given: string, expected: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}

/** Takes every value that `readSecret` or `protect` knows, and what looks like a credential, out of a text. */
export function redact(text: string): string {
  let clean = text;
  for (const value of known) if (clean.includes(value)) clean = clean.replaceAll(value, '[redacted]');
  for (const shape of shapes) clean = clean.replace(shape, '[redacted]');
  return clean;
}

/** Message of an error and of its causes, redacted; never what was sent or received. */
export function describe(error: unknown): string {
  const parts: string[] = [];
  for (let current: unknown = error, depth = 0; current !== undefined && depth < 4; depth += 1) {
    if (!(current instanceof Error)) {
      parts.push(String(current));
      break;
    }
    const { statusCode, code } = current as { statusCode?: number; code?: unknown };
    parts.push(
      [current.message, statusCode ?? (typeof code === 'string' ? code : undefined)]
        .filter((part) => part !== undefined && part !== '')
        .join(' '),
    );
    current = current.cause;
  }
  return redact(parts.filter((part, index) => part !== parts[index - 1]).join(': ')).slice(0, 1000);
}
