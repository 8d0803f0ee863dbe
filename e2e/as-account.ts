import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { execa } from 'execa';

/** How a command of kubectl ended: everything that it printed. */
export interface Outcome {
  readonly code: number;
  readonly text: string;
}

/**
 * kubectl with the token of a ServiceAccount and nothing else of the administrator's. The token is in the environment alone.
 *
 * @param folder for a kubeconfig without credentials
 */
export async function asAccount(
  folder: string,
  namespace: string,
  account: string,
): Promise<(args: readonly string[], input?: object) => Promise<Outcome>> {
  const { stdout: token } = await execa('kubectl', ['create', 'token', account, '-n', namespace, '--duration=1h']);
  const config = new KubeConfig();
  config.loadFromDefault();
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error('KUBECONFIG names no cluster');
  const file = join(folder, `${account}.json`);
  const command = `printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}' "$ACCOUNT_TOKEN"`;
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'Never',
    command: 'sh',
    args: ['-c', command],
  };
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'account',
      clusters: [
        { name: 'cluster', cluster: { server: cluster.server, 'certificate-authority-data': cluster.caData } },
      ],
      users: [{ name: 'account', user: { exec } }],
      contexts: [{ name: 'account', context: { cluster: 'cluster', user: 'account', namespace } }],
    }),
  );
  return async (args, input) => {
    const outcome = await execa('kubectl', args, {
      all: true,
      reject: false,
      env: { KUBECONFIG: file, ACCOUNT_TOKEN: token },
      ...(input === undefined ? { stdin: 'ignore' as const } : { input: JSON.stringify(input) }),
    });
    return { code: outcome.exitCode ?? 127, text: outcome.all };
  };
}
