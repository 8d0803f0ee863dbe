import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { liveController } from './controller.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
const canary = 'correct-horse-battery-staple';

/** Makes this the kubeconfig: a cluster with a token. */
function kubeconfig(cluster: string) {
  writeFileSync(
    join(folder, 'config'),
    `apiVersion: v1
kind: Config
clusters: [{ name: lab, cluster: ${cluster} }]
users: [{ name: lab, user: { token: ${canary} } }]
contexts: [{ name: lab, context: { cluster: lab, user: lab } }]
current-context: lab
`,
  );
  vi.stubEnv('KUBECONFIG', join(folder, 'config'));
}

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(join(folder, 'config'), { force: true });
});

test.each([
  ['http', '{ server: "http://127.0.0.1:1" }'],
  ['a server whose certificate is not checked', '{ server: "https://127.0.0.1:1", insecure-skip-tls-verify: true }'],
])('%s is refused: the certificate could be of somebody in between', async (_, cluster) => {
  kubeconfig(cluster);
  await expect(liveController()).rejects.toThrow('The kubeconfig does not check who the API server is');
});

test('a cluster that cannot be reached', async () => {
  kubeconfig('{ server: "https://127.0.0.1:1" }');
  await expect(liveController()).rejects.toThrow(
    'service kube-system/sealed-secrets-controller: the API server cannot be reached (ECONNREFUSED).',
  );
});

test('a context that is not there', async () => {
  kubeconfig('{ server: "https://127.0.0.1:1" }');
  await expect(liveController({ context: 'other' })).rejects.toThrow('The kubeconfig has no such context.');
});

test.each(['a/b', '..', 'a:b', 'A', ''])('%j is no name, and gets into no path', async (name) => {
  await expect(liveController({ namespace: name })).rejects.toThrow('A namespace or service has no such name.');
  await expect(liveController({ service: name })).rejects.toThrow('A namespace or service has no such name.');
});

test('a kubeconfig that cannot be read is not quoted', async () => {
  writeFileSync(join(folder, 'config'), `users: [${canary}\n  token: ${canary}: [`);
  vi.stubEnv('KUBECONFIG', join(folder, 'config'));
  const error: unknown = await liveController().catch((reason: unknown) => reason);
  expect(String(error)).toContain('The kubeconfig cannot be read.');
  expect(String((error as Error).stack)).not.toContain(canary);
});
