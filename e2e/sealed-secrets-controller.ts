import { createServer } from 'node:net';
import { execa } from 'execa';
import type { ObjectRef } from './api-server.ts';
import { eventually } from './eventually.ts';

/** Options of `unshare` with which a process can be given files at fixed paths. */
export const ownMounts = ['--mount', '--map-root-user'];

/** A controller of sealed-secrets that runs beside the cluster, with a key of its own. */
export interface Controller {
  /** Its public certificate, in PEM. */
  readonly certificate: string;
  /** Its HTTP address on this host. */
  readonly url: string;
  stop(): Promise<void>;
}

/** What the controller's chart grants, and sight of the namespaces that it is told to watch; all named after its own namespace. */
export function controllerRights(home: string): ObjectRef[] {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const rules = [
    { apiGroups: ['bitnami.com'], resources: ['sealedsecrets'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['bitnami.com'], resources: ['sealedsecrets/status'], verbs: ['update'] },
    { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'create', 'update', 'delete', 'watch'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
    { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
  ];
  const binding = {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: home },
    subjects: [{ kind: 'ServiceAccount', name: 'controller', namespace: home }],
  };
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'controller', namespace: home } };
  const role = { apiVersion, kind: 'ClusterRole', metadata: { name: home }, rules };
  return [account, role, { apiVersion, kind: 'ClusterRoleBinding', metadata: { name: home }, ...binding } as ObjectRef];
}

/**
 * Starts a controller, and waits until it has made its key. It knows only the configuration of a pod, at fixed paths: it
 * gets them in mounts of its own, where its token comes through standard input and lies in memory.
 *
 * @param options.home namespace of its key and its account
 * @param options.watched the only other namespaces that it looks at
 * @param options.flags more flags of the program
 */
export async function startController(options: {
  readonly program: string;
  readonly home: string;
  readonly watched: readonly string[];
  readonly flags?: readonly string[];
}): Promise<Controller> {
  const { program, home, watched } = options;
  const server = new URL(await clusterConfig('server'));
  const authority = Buffer.from(await clusterConfig('certificate-authority-data'), 'base64').toString('utf8');
  const token = await execa('kubectl', ['-n', home, 'create', 'token', 'controller', '--duration', '1h']);
  const port = await freePort();
  const script = `account=/run/secrets/kubernetes.io/serviceaccount
    mount -t tmpfs tmpfs /run && mkdir -p $account && printf %s "$1" > $account/ca.crt && cat > $account/token &&
    shift && exec "$@" < /dev/null`;
  const flags = [
    '--all-namespaces=false',
    `--additional-namespaces=${watched.join(',')}`,
    `--listen-addr=127.0.0.1:${port}`,
    '--listen-metrics-addr=127.0.0.1:0',
    ...(options.flags ?? []),
  ];
  const url = `http://127.0.0.1:${port}`;
  const running = execa('unshare', [...ownMounts, 'sh', '-c', script, 'sh', authority, program, ...flags], {
    input: token.stdout,
    extendEnv: false,
    env: {
      PATH: process.env.PATH,
      POD_NAMESPACE: home,
      KUBERNETES_SERVICE_HOST: server.hostname,
      KUBERNETES_SERVICE_PORT: server.port || '443',
    },
    all: true,
    reject: false,
  });
  let ended: string | undefined;
  const end = (async () => {
    ended = (await running).all;
  })();
  const stop = async () => {
    running.kill();
    await end;
  };
  try {
    const certificate = await eventually('the certificate of the controller', 120, async () => {
      if (ended !== undefined) throw new Error(`it ended: ${ended}`);
      const answer = await fetch(`${url}/v1/cert.pem`);
      return answer.ok ? await answer.text() : undefined;
    });
    return { certificate, url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function clusterConfig(field: string): Promise<string> {
  const path = `jsonpath={.clusters[0].cluster.${field}}`;
  const { stdout } = await execa('kubectl', ['config', 'view', '--raw', '--minify', '--flatten', '-o', path]);
  return stdout;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the host gave no port');
  return address.port;
}
