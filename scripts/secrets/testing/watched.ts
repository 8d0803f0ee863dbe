import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { labCopy, type RunOptions, type standIn } from './copy.ts';

/** A value that is nowhere else in the world. */
const canary = () => `canary-${randomBytes(12).toString('hex')}`;

/** Everything that a value can look like when it gets out. */
function forms(value: string): string[] {
  const bytes = Buffer.from(value);
  // Without the last characters, base64 of it is the same inside of a longer text.
  return [value, bytes.toString('base64').slice(0, 28), bytes.toString('hex'), encodeURIComponent(value)];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A copy in which every run is watched: what it says, what it leaves behind, and what the programs that it starts get. */
export async function watched() {
  const copy = await labCopy();
  const temporary = mkdtempSync(join(tmpdir(), 'chitin-leak-'));
  const values = mkdtempSync(join(tmpdir(), 'chitin-values-'));
  onTestFinished(() => {
    for (const folder of [temporary, values]) rmSync(folder, { recursive: true });
  });
  const bin = join(values, 'bin');
  mkdirSync(bin);
  const secrets: string[] = [];
  const said: { readonly args: readonly string[]; readonly text: string }[] = [];
  const run = async (args: readonly string[], { input, env }: RunOptions = {}) => {
    const options = { ...(input === undefined ? {} : { input }) };
    const path = `${bin}:${process.env.PATH}`;
    const result = await copy.run(args, { ...options, env: { TMPDIR: temporary, PATH: path, ...env } });
    said.push({ args, text: result.stdout + result.stderr });
    return result;
  };
  /** A new value, and a file with it. */
  const secret = (around: (value: string) => string | Buffer = (value) => value) => {
    const value = canary();
    secrets.push(value);
    const file = join(values, value.slice(-8));
    writeFileSync(file, around(value));
    return { value, file, text: readFileSync(file) };
  };
  const nothingOut = () => {
    const all = secrets.flatMap(forms);
    const holds = (text: string | Buffer) => all.some((form) => text.includes(form));
    expect(said.filter(({ text }) => holds(text)).map(({ args }) => args[0])).toEqual([]);
    const files = [...filesBelow(temporary), ...filesBelow(copy.folder)];
    expect(files.filter((file) => holds(readFileSync(file)))).toEqual([]);
    if (existsSync('/dev/shm'))
      expect(readdirSync('/dev/shm').filter((name) => name.startsWith('chitin-'))).toEqual([]);
  };
  const notGiven = ({ calls }: ReturnType<typeof standIn>, least: number) => {
    const given = calls().map(({ argv, env }) => JSON.stringify([argv, env]));
    expect(given.length).toBeGreaterThanOrEqual(least);
    for (const value of secrets)
      for (const form of forms(value)) expect(given.filter((text) => text.includes(form))).toEqual([]);
  };
  return { ...copy, run, secret, secrets, bin, nothingOut, notGiven };
}
