import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseConfig } from './config.ts';
import { close, listen } from './http.ts';
import { openKubernetes } from './kubernetes.ts';
import { KubernetesApi } from './kubernetes-api.ts';
import { callTool, inbound, temporaryFolder, testConfig } from './testing.ts';
import type { Toolbox } from './tool.ts';

const canary = 'canary-k8s-5d1f0c7a';
let server: Server;
let requests: { method: string | undefined; url: string; authorization: string | undefined }[];
let answers: Record<string, unknown>;
let folder: ReturnType<typeof temporaryFolder>;
let kubeconfig: string;

const resource = (name: string, kind: string, namespaced = true) => ({ name, kind, namespaced });
const discovery = {
  '/api/v1': {
    resources: [
      resource('pods', 'Pod'),
      resource('pods/log', 'Pod'),
      resource('configmaps', 'ConfigMap'),
      resource('secrets', 'Secret'),
      resource('nodes', 'Node', false),
    ],
  },
  '/apis/apps/v1': { resources: [resource('deployments', 'Deployment')] },
  '/apis/hidden.dev/v1': { resources: [resource('things', 'Secret')] },
  '/apis/kustomize.toolkit.fluxcd.io/v1': { resources: [resource('kustomizations', 'Kustomization')] },
};

beforeEach(async () => {
  requests = [];
  answers = { ...discovery };
  server = createServer((request: IncomingMessage, response) => {
    requests.push({ method: request.method, url: request.url ?? '', authorization: request.headers.authorization });
    const found = answers[request.url ?? ''] ?? answers[(request.url ?? '').split('?')[0] ?? ''];
    if (found instanceof URL) return response.writeHead(302, { location: found.href }).end();
    if (typeof found === 'string') return response.end(found);
    if (found !== undefined) return response.end(JSON.stringify(found));
    return response.writeHead(404).end(JSON.stringify({ kind: 'Status', message: `no ${request.url}` }));
  });
  const port = await listen(server, '127.0.0.1', 0);
  folder = temporaryFolder();
  kubeconfig = join(folder.path, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: 'token-of-the-account' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
});
afterEach(async () => {
  await close(server);
  folder[Symbol.dispose]();
});

interface Given {
  namespaces: string[];
  kinds?: string[];
}

async function open(given: Given = { namespaces: ['demo', 'other'] }, file = kubeconfig): Promise<Toolbox> {
  const config = testConfig(folder, { tools: { kubernetes: given } }).tools.kubernetes;
  return openKubernetes(config as NonNullable<typeof config>, new KubernetesApi(file));
}

const paths = () => requests.map(({ url }) => url);

test('a list is the server’s own table, with its namespace and without the columns of -o wide', async () => {
  answers['/apis/apps/v1/namespaces/demo/deployments'] = {
    kind: 'Table',
    metadata: { continue: 'x', remainingItemCount: 7 },
    columnDefinitions: [
      { name: 'Name', priority: 0 },
      { name: 'Ready', priority: 0 },
      { name: 'Images', priority: 1 },
    ],
    rows: [{ object: { metadata: { namespace: 'demo' } }, cells: ['web', '0/1', 'registry/web:1'] }],
  };
  expect(
    await callTool(await open(), 'kubernetes_list', {
      resource: 'deployments',
      namespace: 'demo',
      selector: 'app=web,tier in (a,b)',
    }),
  ).toBe('Namespace | Name | Ready\ndemo | web | 0/1\n[… 7 more: narrow it down …]');
  expect(requests).toEqual([
    { method: 'GET', url: '/apis/apps/v1', authorization: 'Bearer token-of-the-account' },
    {
      method: 'GET',
      url: '/apis/apps/v1/namespaces/demo/deployments?limit=100&labelSelector=app%3Dweb%2Ctier+in+%28a%2Cb%29',
      authorization: 'Bearer token-of-the-account',
    },
  ]);
});

test('an object comes without literal values, last applied state, chart values and what looks like a credential', async () => {
  answers['/apis/apps/v1/namespaces/demo/deployments/web'] = {
    kind: 'Deployment',
    metadata: {
      name: 'web',
      managedFields: [{ manager: 'kubectl' }],
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': `{"env":"${canary}"}`,
        note: `https://bot:${canary}@git.example/x`,
      },
    },
    spec: {
      containers: [
        {
          image: 'registry/web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
          args: ['--port=80', '--token', canary, `--db-password=${canary}`],
          env: [
            { name: 'PLAIN', value: canary },
            { name: 'REF', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
          ],
        },
      ],
      values: { image: { tag: canary }, replicas: 2, hosts: [canary] },
      postBuild: { substitute: { domain: canary } },
      options: [{ name: 'adminPassword', value: canary }],
      apiToken: canary,
      secretName: 'db',
      long: 'x'.repeat(5000),
    },
    data: { 'config.yaml': canary },
  };
  const text = await callTool(await open(), 'kubernetes_get', {
    resource: 'deployments',
    namespace: 'demo',
    name: 'web',
  });
  expect(text).not.toContain(canary);
  expect(text).not.toContain('manager');
  expect(text.replace(/x{50,}/g, 'xx')).toBe(`kind: Deployment
metadata:
  name: web
  annotations:
    note: https://[redacted]@git.example/x
spec:
  containers:
    - image: registry/web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      args:
        - --port=80
        - --token
        - '[redacted]'
        - --db-password=[redacted]
      env:
        - name: PLAIN
          value: '[redacted]'
        - name: REF
          valueFrom:
            secretKeyRef:
              name: db
              key: password
  values:
    image:
      tag: '[redacted]'
    replicas: 2
    hosts:
      - '[redacted]'
  postBuild:
    substitute:
      domain: '[redacted]'
  options:
    - name: adminPassword
      value: '[redacted]'
  apiToken: '[redacted]'
  secretName: db
  long: |-
    xx
    [… 3000 characters left out …]
    xx
data:
  config.yaml: '[19 bytes]'
`);
});

test('a ConfigMap that is allowed shows its keys', async () => {
  answers['/api/v1/namespaces/demo/configmaps/settings'] = {
    kind: 'ConfigMap',
    metadata: { name: 'settings' },
    data: { a: canary },
  };
  const text = await callTool(await open({ namespaces: ['demo'], kinds: ['v1/configmaps'] }), 'kubernetes_get', {
    resource: 'configmaps',
    name: 'settings',
  });
  expect(text).toBe("kind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: '[19 bytes]'\n");
});

test.each([
  'secrets',
  'Secret',
  'secret',
  'SECRETS',
  'v1/secrets',
  'secrets.v1',
  'core/secrets',
  'secrets/token',
  'secret.',
  'pods/../secrets',
])('a Secret is not read as %s', async (name) => {
  answers['/api/v1/namespaces/demo/secrets'] = { items: [{ data: { a: canary } }] };
  const box = await open();
  await expect(callTool(box, 'kubernetes_list', { resource: name, namespace: 'demo' })).rejects.toThrow(
    'Secrets are not read',
  );
  await expect(callTool(box, 'kubernetes_get', { resource: name, namespace: 'demo', name: 'db' })).rejects.toThrow(
    'Secrets are not read',
  );
  expect(requests).toEqual([]);
});

test('nor under a name that discovery gives to Secrets, nor when the answer turns out to be one', async () => {
  const box = await open({ namespaces: ['demo'], kinds: ['hidden.dev/v1/things', 'v1/pods'] });
  await expect(callTool(box, 'kubernetes_list', { resource: 'things' })).rejects.toThrow('Secrets are not read');
  expect(paths()).toEqual(['/apis/hidden.dev/v1']);
  answers['/api/v1/namespaces/demo/pods/p'] = { kind: 'Secret', data: { a: canary } };
  await expect(callTool(box, 'kubernetes_get', { resource: 'pods', name: 'p' })).rejects.toThrow(
    'Secrets are not read',
  );
});

test.each([['v1/secrets'], ['hidden.dev/v1/secrets'], ['pods'], ['v1/pods/log'], ['v1/*']])(
  'a configuration with the kind %s is refused',
  (kind) => {
    expect(() =>
      parseConfig({ ...testConfig(folder), tools: { kubernetes: { namespaces: ['demo'], kinds: [kind] } } }),
    ).toThrow('tools.kubernetes.kinds[0]');
  },
);

test.each([
  ['another namespace', { resource: 'pods', namespace: 'kube-system' }, 'is not one of: demo, other'],
  ['all namespaces by leaving it out', { resource: 'pods' }, 'say which namespace: demo, other'],
  ['a path as the namespace', { resource: 'pods', namespace: 'demo/../kube-system' }, 'is not one of'],
  ['a kind that is not allowed', { resource: 'nodes', namespace: 'demo' }, '"nodes" is not one of'],
  ['a subresource', { resource: 'pods/log', namespace: 'demo' }, 'is not one of'],
  ['exec', { resource: 'pods/exec', namespace: 'demo' }, 'is not one of'],
])('refused without a request: %s', async (_name, input, why) => {
  await expect(callTool(await open(), 'kubernetes_list', input)).rejects.toThrow(why);
  // Whether a kind lives in namespaces is asked only where none is given.
  expect(paths()).toEqual('namespace' in input ? [] : ['/api/v1']);
});

test.each([['../secrets/db'], ['p/exec'], ['p?x=1'], ['p%2Fexec'], ['..'], [''], ['*'], ['a'.repeat(254)]])(
  'refused without a request: the name %j',
  async (name) => {
    const box = await open();
    await expect(callTool(box, 'kubernetes_get', { resource: 'pods', namespace: 'demo', name })).rejects.toThrow(
      'is no name',
    );
    await expect(callTool(box, 'kubernetes_logs', { namespace: 'demo', pod: name })).rejects.toThrow('is no pod');
    await expect(callTool(box, 'kubernetes_events', { namespace: 'demo', name })).rejects.toThrow('is no name');
    expect(paths().filter((path) => path !== '/api/v1')).toEqual([]);
  },
);

test('all namespaces at once only where all are allowed, and then what lies outside of them too', async () => {
  const table = { kind: 'Table', columnDefinitions: [], rows: [] };
  answers['/api/v1/pods'] = table;
  answers['/api/v1/nodes'] = table;
  const box = await open({ namespaces: ['*'] });
  await callTool(box, 'kubernetes_list', { resource: 'pods' });
  await callTool(box, 'kubernetes_list', { resource: 'nodes' });
  await expect(callTool(box, 'kubernetes_list', { resource: 'nodes', namespace: 'demo' })).rejects.toThrow(
    'nodes are not in namespaces',
  );
  expect(paths()).toEqual(['/api/v1', '/api/v1/pods?limit=100', '/api/v1/nodes?limit=100']);
});

test('a log is bounded by the server and here, and loses what looks like a credential', async () => {
  const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJlLW9mLXRlc3Q';
  answers['/api/v1/namespaces/demo/pods/web-0/log'] =
    `\u001b[31mred\u001b[0m password=${canary} {"apiKey":"${canary}"} ${jwt} postgres://u:${canary}@db/x\n${'y'.repeat(200_000)}`;
  const text = await callTool(await open(), 'kubernetes_logs', {
    namespace: 'demo',
    pod: 'web-0',
    container: 'app',
    lines: 200,
    previous: true,
  });
  expect(text.slice(0, 110)).toBe(
    'red password=[redacted] {"apiKey":"[redacted]"} [redacted] postgres://[redacted]@db/x\nyyyyyyyyyyyyyyyyyyyyyyyy',
  );
  expect([text.length < 65_600, text.endsWith('\n[… cut off …]')]).toEqual([true, true]);
  expect(paths()).toEqual([
    '/api/v1/namespaces/demo/pods/web-0/log?container=app&tailLines=200&previous=true&timestamps=true&limitBytes=65536',
  ]);
  await expect(
    callTool(await open(), 'kubernetes_logs', { namespace: 'demo', pod: 'web-0', lines: 201 }),
  ).rejects.toThrow();
});

test('events are those of one object when it is named, the latest last', async () => {
  const event = (at: string, message: string) => ({
    lastTimestamp: at,
    type: 'Warning',
    reason: 'Failed',
    count: 3,
    message,
    involvedObject: { kind: 'Pod', namespace: 'demo', name: 'web-0' },
  });
  answers['/api/v1/namespaces/demo/events'] = {
    items: [event('2026-01-02T00:00:00Z', `token: ${canary}`), event('2026-01-01T00:00:00Z', 'first')],
  };
  expect(await callTool(await open(), 'kubernetes_events', { namespace: 'demo', name: 'web-0' })).toBe(
    '2026-01-01T00:00:00Z Warning Failed Pod demo/web-0 x3: first\n2026-01-02T00:00:00Z Warning Failed Pod demo/web-0 x3: token: [redacted]',
  );
  expect(paths()).toEqual(['/api/v1/namespaces/demo/events?limit=1000&fieldSelector=involvedObject.name%3Dweb-0']);
});

test('Flux says what is ready; kinds that the cluster does not know are left out', async () => {
  answers['/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/demo/kustomizations'] = {
    items: [
      {
        metadata: { namespace: 'demo', name: 'apps' },
        spec: { suspend: true },
        status: {
          lastAppliedRevision: 'main@sha1:abc',
          conditions: [
            {
              type: 'Ready',
              status: 'False',
              reason: 'BuildFailed',
              message: 'no such file',
              lastTransitionTime: '2026-01-01T00:00:00Z',
            },
          ],
        },
      },
      { metadata: { namespace: 'demo', name: 'new' } },
    ],
  };
  expect(await callTool(await open(), 'flux_status', { namespace: 'demo' })).toBe(
    'kustomizations demo/apps, Ready=False, suspended, revision main@sha1:abc, since 2026-01-01T00:00:00Z BuildFailed: no such file\nkustomizations demo/new, Ready=Unknown',
  );
  await expect(callTool(await open(), 'flux_status', { namespace: 'kube-system' })).rejects.toThrow('is not one of');
});

test('without a model it says which pods do not run, and why', async () => {
  const pod = (name: string, status: object) => ({ metadata: { namespace: 'demo', name }, status });
  answers['/api/v1/namespaces/other/pods'] = { items: [] };
  answers['/api/v1/namespaces/demo/pods'] = {
    items: [
      pod('fine', { containerStatuses: [{ name: 'app', state: { running: {} } }] }),
      pod('young', { containerStatuses: [{ name: 'app', state: { waiting: { reason: 'ContainerCreating' } } }] }),
      pod('big', {
        containerStatuses: [
          {
            name: 'app',
            restartCount: 4,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { reason: 'OOMKilled' } },
          },
        ],
      }),
      pod('homeless', {
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }],
      }),
    ],
  };
  const box = await open();
  expect(await box.facts?.(inbound('a'), new AbortController().signal)).toEqual([
    'pod demo/big app: CrashLoopBackOff, OOMKilled, 4 restarts',
    'pod demo/homeless: Unschedulable: 0/1 nodes',
  ]);
});

test('an object that is too long is refused, a redirect is not followed, an answer of the server is an error', async () => {
  const box = await open();
  answers['/api/v1/namespaces/demo/pods/big'] = { kind: 'Pod', spec: { x: 'y'.repeat(1_100_000) } };
  await expect(callTool(box, 'kubernetes_get', { resource: 'pods', namespace: 'demo', name: 'big' })).rejects.toThrow(
    'more than 1048576 bytes',
  );
  answers['/api/v1/namespaces/demo/pods/away'] = new URL('http://127.0.0.1:1/elsewhere');
  await expect(callTool(box, 'kubernetes_get', { resource: 'pods', namespace: 'demo', name: 'away' })).rejects.toThrow(
    'answered 302',
  );
  await expect(callTool(box, 'kubernetes_get', { resource: 'pods', namespace: 'demo', name: 'none' })).rejects.toThrow(
    'answered 404: no /api/v1/namespaces/demo/pods/none',
  );
  expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(['GET']));
});

test('without credentials it says so, and everything that it brings is marked as data', async () => {
  const box = await open({ namespaces: ['demo'] }, '');
  expect(box.problems?.()).toEqual(['kubernetes: there is neither KUBECONFIG nor a service account token']);
  await expect(callTool(box, 'kubernetes_list', { resource: 'pods' })).rejects.toThrow('neither KUBECONFIG');
  expect(new Set(box.tools().map(({ source }) => source))).toEqual(new Set(['kubernetes']));
});
