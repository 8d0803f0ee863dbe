import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityToRecipient } from 'age-encryption';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ageKeyPair, ed25519KeyPair, sshKeyPair } from './key-pair.ts';
import { token } from './token.ts';

test('a token has as many random bits as it was asked for', () => {
  expect(token(32, 'hex')).toMatch(/^[0-9a-f]{64}$/);
  expect(token(32, 'base64url')).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(token(32, 'alphanumeric')).toMatch(/^[A-Za-z0-9]{43}$/);
  expect(new Set(Array.from({ length: 100 }, () => token(16, 'alphanumeric'))).size).toBe(100);
});

test('an age key is one line, and its recipient is its own', async () => {
  const { value, publicPart } = await ageKeyPair();
  expect(value).toMatch(/^AGE-SECRET-KEY-1[A-Z0-9]+\n$/);
  expect(await identityToRecipient(value.trim())).toBe(publicPart);
});

test('what the Ed25519 key signs, its public half verifies', () => {
  const { value, publicPart } = ed25519KeyPair();
  const signature = sign(null, Buffer.from('text'), createPrivateKey(value));
  expect(verify(null, Buffer.from('text'), createPublicKey(publicPart), signature)).toBe(true);
});

test('the SSH key has the form of OpenSSH, and holds the public half that is shown', () => {
  const { value, publicPart } = sshKeyPair('lab/demo/agent-ssh');
  expect(value.split('\n')[0]).toBe('-----BEGIN OPENSSH PRIVATE KEY-----');
  expect(value.endsWith('-----END OPENSSH PRIVATE KEY-----\n')).toBe(true);
  const [type, blob = '', comment] = publicPart.split(' ');
  expect([type, comment]).toEqual(['ssh-ed25519', 'lab/demo/agent-ssh']);
  const file = Buffer.from(value.split('\n').slice(1, -2).join(''), 'base64');
  expect(file.subarray(0, 15).toString()).toBe('openssh-key-v1\0');
  expect(file.includes(Buffer.from(blob, 'base64'))).toBe(true);
  // Magic, three names, one count and the public half with its length; what follows is the private part in blocks of 8.
  const head = 15 + 8 + 8 + 4 + 4 + 4 + Buffer.from(blob, 'base64').length;
  expect(file.readUInt32BE(head) % 8).toBe(0);
  expect(file.length).toBe(head + 4 + file.readUInt32BE(head));
});

test('ssh-keygen reads the SSH key and finds the same public half', async (context) => {
  const { exitCode } = await execa('ssh-keygen', ['-?'], { reject: false });
  if (exitCode === undefined) return context.skip('there is no ssh-keygen on the PATH');
  const folder = mkdtempSync(join(tmpdir(), 'chitin-ssh-'));
  try {
    const { value, publicPart } = sshKeyPair('lab/demo/agent-ssh');
    writeFileSync(join(folder, 'key'), value, { mode: 0o600 });
    const { stdout } = await execa('ssh-keygen', ['-y', '-f', join(folder, 'key')]);
    expect(stdout).toBe(publicPart);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
