import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import * as vectors from 'cctv-age';
import { describe, expect, test } from 'vitest';
import { openAge, openArmored } from './data-key.ts';

interface Vector {
  readonly name: string;
  readonly expect: string;
  readonly payload: string | undefined;
  readonly identities: readonly string[];
  readonly passphrase: boolean;
  readonly armored: boolean;
  readonly file: Buffer;
}

function parse(name: string, bytes: Uint8Array): Vector {
  const all = Buffer.from(bytes);
  const split = all.indexOf('\n\n');
  const lines = all.subarray(0, split).toString().split('\n');
  const values = (key: string) =>
    lines.filter((line) => line.startsWith(`${key}: `)).map((line) => line.slice(key.length + 2));
  const body = all.subarray(split + 2);
  return {
    name,
    expect: values('expect')[0] ?? '',
    payload: values('payload')[0],
    identities: values('identity'),
    passphrase: values('passphrase').length > 0,
    armored: values('armored')[0] === 'yes',
    file: values('compressed')[0] === 'zlib' ? inflateSync(body) : body,
  };
}

/** Left out: sops wraps a data key for recipients, never with a passphrase, and we have nothing to open one with. */
const needsPassphrase = ({ passphrase }: Vector) => passphrase;

const all = Object.entries(vectors as unknown as Record<string, Uint8Array>)
  .filter(([name]) => name !== 'default' && name !== 'module.exports')
  .map(([name, bytes]) => parse(name, bytes));
const used = all.filter((vector) => !needsPassphrase(vector));

describe("the C2SP age vectors, by the way that opens a file's data key", () => {
  test('all are used but those with a passphrase', () => {
    expect(all.filter(needsPassphrase).every(({ name }) => /scrypt/.test(name))).toBe(true);
    expect({ all: all.length, used: used.length }).toEqual({ all: 143, used: 117 });
  });

  test.each(used.map((vector) => [vector.name, vector] as const))('%s', async (_, vector) => {
    const opened = vector.armored
      ? await openArmored(vector.file.toString('latin1'), vector.identities)
      : await openAge(vector.file, vector.identities);
    if (vector.expect === 'success') {
      expect(opened.is).toBe('open');
      expect(
        createHash('sha256')
          .update(opened.bytes ?? '')
          .digest('hex'),
      ).toBe(vector.payload);
    } else {
      // Nothing of a payload that fails late is handed out.
      expect(opened).toEqual({ is: vector.expect === 'no match' ? 'no match' : 'damaged' });
    }
  });
});
