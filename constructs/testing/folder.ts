import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { recipient } from './cluster.ts';

/**
 * A folder that is gone after the test.
 *
 * @param files relative path to content
 */
export function folder(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'constructs-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/**
 * Text in the form of a Secret that sops encrypted with age. Nobody encrypted it and nobody can open it.
 *
 * @param name `<namespace>/<name>`
 * @param values key to what stands for its ciphertext
 */
export function ciphertext(name: string, values: Readonly<Record<string, string>>): string {
  const [namespace, secret] = name.split('/');
  const data = Object.entries(values).map(([key, value]) => `    ${key}: ${sealed(value)}\n`);
  return `apiVersion: v1
kind: Secret
metadata:
    name: ${secret}
    namespace: ${namespace}
stringData:
${data.join('')}sops:
    age:
        - recipient: ${recipient}
          enc: ""
    lastmodified: "2026-01-01T00:00:00Z"
    mac: ${sealed('mac')}
    version: 3.13.0
`;
}

function sealed(value: string): string {
  return `ENC[AES256_GCM,data:${value},iv:AA==,tag:AA==,type:str]`;
}

/** Files for `folder()`: the secrets of cluster `test`, `<namespace>/<name>` to keys and what stands for their ciphertext. */
export function secretFiles(
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, values]) => [`clusters/test/secrets/${name}.yaml`, ciphertext(name, values)]),
  );
}
