import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { folder } from '../../testing/folder.ts';
import { sealedSecrets } from '../sealed-secrets.ts';
import type { SealingScope } from '../sealing-scope.ts';
import { folderStore } from '../store.ts';

/** What kubeseal 0.38 made of Secret `agent-token` in namespace `demo` with keys `token` and `user`, for a key of 2048 bits that does not exist any more. */
export function file(scope: SealingScope): string {
  return readFileSync(new URL(`sealed-secret.${scope}.yaml`, import.meta.url), 'utf8');
}

export const strict = file('strict');
/** Its two sealed values. */
export const token = /^ {4}token: (.*)$/m.exec(strict)?.[1] ?? '';
export const user = /^ {4}user: (.*)$/m.exec(strict)?.[1] ?? '';

export const path = 'clusters/test/secrets/demo/agent-token.yaml';
export const certificate = './sealed-secrets.pem';
export const keys = { token: 'token of the service', user: 'its user' };

/** Renders the Secret from a file, which is missing when there is no text. */
export function render(
  text: string | undefined,
  scope: SealingScope = 'strict',
  needed: Readonly<Record<string, string>> = keys,
) {
  const files = folder(text === undefined ? {} : { [path]: text });
  const secret = { name: 'token', namespace: 'demo', secretName: 'agent-token', keys: needed };
  return sealedSecrets({ certificate, scope }).render(secret, folderStore(`${files}/clusters/test`));
}

/** The strict file with one change, which has to be one. */
export function changed(from: string | RegExp, to: string): string {
  const text = strict.replace(from, to);
  expect(text).not.toBe(strict);
  return text;
}
