/**
 * What the fences of `kubernetesNetworkPolicies()` permit and deny on a real node. Needs KUBECONFIG (an administrator's), kubectl
 * on PATH, and E2E_PROBE_IMAGE: an image that runs as user 65534, whose entrypoint is the program `/probe` with the commands
 *
 *     serve ADDRESS      answers HTTP requests at an address such as `:8080` with status 200
 *     sleep              does not end
 *     get URL TIMEOUT    succeeds with status 200; fails with `probe: …` on stderr, and `status NNN` in it for another answer
 *     lookup NAME        succeeds when the name has addresses; fails with `probe: …` on stderr
 *
 * Name servers are the pods `k8s-app=kube-dns` in `kube-system`, names of Services end in `cluster.local`, pods and nodes have
 * private addresses.
 */
import { isIPv6 } from 'node:net';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../constructs/cluster.ts';
import type { Fence, Flow } from '../constructs/network/flow.ts';
import { kubernetesNetworkPolicies } from '../constructs/network/kubernetes-network-policies.ts';
import { host, pods } from '../constructs/network/peers.ts';
import { plain } from '../constructs/testing/cluster.ts';
import { ApiServer, messageOf, type ObjectRef } from './api-server.ts';
import { announceSkip, missing } from './environment.ts';
import { eventually } from './eventually.ts';

const skip = missing({ kubeconfig: true, programs: ['kubectl'], env: ['E2E_PROBE_IMAGE'] });
announceSkip('fences of plain network policies', skip);

// Runs that share a cluster do not meet.
const namespace = `chitin-policies-${process.pid}`;

/** Pods and the ports they serve. */
const served = {
  server: [8080, 9090],
  bystander: [8080, 9090],
  client: [],
  visitor: [],
  mute: [],
  reader: [],
  surfer: [],
} as const;
type Name = keyof typeof served;

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Addresses in the cluster. */
interface Place {
  readonly pods: Readonly<Record<Name, string>>;
  readonly apiServer: Endpoint;
  readonly service: Endpoint;
  readonly node: Endpoint;
}

const labels = (pod: Name) => ({ 'app.kubernetes.io/name': 'probe', 'app.kubernetes.io/instance': pod });

/** `visitor` and `bystander` have no fence of their own. */
function fences({ pods: address, apiServer }: Place): Fence[] {
  const fence = (pod: Name, ...flows: readonly Omit<Flow, 'because'>[]): Fence => ({
    name: pod,
    namespace,
    labels: labels(pod),
    flows: flows.map((flow) => ({ ...flow, because: 'test' })),
  });
  const ports = [{ port: 8080 }];
  const from = (pod: Name) => ({ direction: 'in', peer: pods(namespace, labels(pod)), ports }) as const;
  return [
    fence('server', from('client'), from('visitor')),
    fence('client', { direction: 'out', peer: pods(namespace, labels('server')), ports }),
    fence('mute', { direction: 'out', peer: { kind: 'cidr', cidr: only(address.bystander) }, ports }),
    fence('reader', { direction: 'out', peer: { kind: 'apiServer' }, ports: [{ port: apiServer.port }] }),
    fence('surfer', {
      direction: 'out',
      peer: host('api.example.com'),
      ports: [...ports, { port: apiServer.port }],
    }),
  ];
}

type Ask = (place: Place) => readonly string[];

const get = (endpoint: (place: Place) => Endpoint): Ask => {
  return (place) => {
    const { address, port } = endpoint(place);
    // What serves HTTPS answers plain HTTP with status 400 (Go: net/http, Server.Serve).
    return ['get', `http://${isIPv6(address) ? `[${address}]` : address}:${port}/`, '3s'];
  };
};
const pod = (name: Name, port: number) => get(({ pods }) => ({ address: pods[name], port }));

const targets = {
  'server at its port': pod('server', 8080),
  'server at another port': pod('server', 9090),
  'bystander at its port': pod('bystander', 8080),
  'bystander at another port': pod('bystander', 9090),
  'the API server': get(({ apiServer }) => apiServer),
  'the API server by its Service': get(({ service }) => service),
  'an address outside the pod network': get(({ node }) => node),
  // The last dot keeps the resolver from trying search domains, each with a timeout of its own.
  DNS: (() => ['lookup', 'kubernetes.default.svc.cluster.local.']) as Ask,
} as const;

const cases: readonly (readonly [Name, keyof typeof targets, 'connects' | 'is shut out'])[] = [
  ['client', 'server at its port', 'connects'],
  ['client', 'server at another port', 'is shut out'],
  ['client', 'bystander at its port', 'is shut out'],
  ['client', 'the API server', 'is shut out'],
  ['client', 'the API server by its Service', 'is shut out'],
  ['client', 'an address outside the pod network', 'is shut out'],
  ['client', 'DNS', 'connects'],
  ['visitor', 'server at its port', 'connects'],
  ['visitor', 'server at another port', 'is shut out'],
  ['bystander', 'server at its port', 'is shut out'],
  ['server', 'bystander at its port', 'is shut out'],
  ['server', 'DNS', 'is shut out'],
  ['mute', 'bystander at its port', 'connects'],
  ['mute', 'bystander at another port', 'is shut out'],
  ['mute', 'DNS', 'is shut out'],
  ['reader', 'the API server', 'connects'],
  ['reader', 'the API server by its Service', 'connects'],
  ['reader', 'an address outside the pod network', 'is shut out'],
  ['reader', 'bystander at its port', 'is shut out'],
  ['reader', 'DNS', 'connects'],
  // The internet that stands for a host has no private addresses. That it has public ones needs a cluster with a way out.
  ['surfer', 'bystander at its port', 'is shut out'],
  ['surfer', 'the API server', 'is shut out'],
  ['surfer', 'DNS', 'connects'],
];

describe.skipIf(skip)('fences of plain network policies', () => {
  const api = skip ? (undefined as unknown as ApiServer) : new ApiServer();
  let place: Place;

  const apply = async (object: ObjectRef) => {
    const answer = await api.apply(object, JSON.stringify(object), { dryRun: false });
    if (answer.status >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${messageOf(answer)}`);
  };

  const attempt = async (from: Name, target: keyof typeof targets): Promise<'connects' | 'is shut out'> => {
    const command = ['-n', namespace, 'exec', from, '-c', 'probe', '--', '/probe', ...targets[target](place)];
    const { exitCode, stderr } = await execa('kubectl', command, { reject: false, stdin: 'ignore', timeout: 60_000 });
    if (exitCode === 0 || /\bstatus \d{3}\b/.test(stderr)) return 'connects';
    if (stderr.includes('probe: ')) return 'is shut out';
    throw new Error(`kubectl ${command.join(' ')}: ${stderr}`);
  };

  beforeAll(async () => {
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const names = Object.keys(served) as Name[];
    // Its controller makes it a moment after the namespace, and without it pods are refused.
    const account: ObjectRef = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } };
    await eventually('the default ServiceAccount', 30, async () =>
      (await api.get(account)).status === 200 ? true : undefined,
    );
    for (const name of names) await apply(probePod(name));
    const running = await Promise.all(names.map(async (name) => [name, await addressOf(api, name)] as const));
    place = {
      pods: Object.fromEntries(running) as Record<Name, string>,
      apiServer: await apiServerEndpoint(),
      service: await serviceEndpoint(api),
      node: await kubeletEndpoint(api),
    };
  });

  afterAll(async () => {
    const own: ObjectRef = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await api.delete(own);
    await eventually(`namespace ${namespace} to be gone`, 120, async () =>
      (await api.get(own)).status === 404 ? true : undefined,
    );
  });

  test('without them everything connects', async () => {
    const outcomes: string[] = [];
    for (const [from, target] of cases) outcomes.push(`${from} to ${target}: ${await attempt(from, target)}`);
    expect(outcomes).toEqual(cases.map(([from, target]) => `${from} to ${target}: connects`));
  });

  describe('with them', () => {
    beforeAll(async () => {
      const { address, port } = place.apiServer;
      const network = kubernetesNetworkPolicies();
      const apiServer = { cidrs: [only(address)], port };
      const cluster = Cluster.of(new Cluster('e2e', { ...plain, network, apiServer, apps: () => {} }));
      for (const fence of fences(place)) {
        const { objects, problems } = network.objects(fence, cluster);
        expect(problems).toEqual([]);
        for (const object of objects) await apply(object as ObjectRef);
      }
      await eventually(
        'a fence to shut a pod out',
        60,
        async () => ((await attempt('client', 'bystander at its port')) === 'is shut out' ? true : undefined),
        async () => 'NetworkPolicies are not enforced on this cluster: its network plugin accepts and ignores them.',
      );
    });

    test.each(cases)('%s to %s: %s', async (from, target, expected) => {
      let outcome: string | undefined;
      await eventually(
        `${from} to ${target}: ${expected}`,
        30,
        async () => {
          outcome = await attempt(from, target);
          return outcome === expected ? true : undefined;
        },
        async () => `it ${outcome}`,
      );
    });
  });
});

function probePod(name: Name): ObjectRef {
  const ports: readonly number[] = served[name];
  const programs = ports.length > 0 ? ports.map((port) => ['serve', `:${port}`]) : [['sleep']];
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: labels(name) },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: programs.map((args, index) => ({
        name: index === 0 ? 'probe' : `probe-${index}`,
        image: process.env.E2E_PROBE_IMAGE,
        args,
        resources: { requests: { cpu: '1m', memory: '16Mi' }, limits: { memory: '64Mi' } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      })),
    },
  };
  return object;
}

async function addressOf(api: ApiServer, name: Name): Promise<string> {
  const object: ObjectRef = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace } };
  const status = async () =>
    ((await api.get(object)).body as { status: { podIP?: string; conditions?: { type: string; status: string }[] } })
      .status;
  return await eventually(
    `pod ${name} to be Ready`,
    120,
    async () => {
      const { podIP, conditions = [] } = await status();
      return conditions.some(({ type, status }) => type === 'Ready' && status === 'True') ? podIP : undefined;
    },
    async () => JSON.stringify(await status()),
  );
}

/** By the command that the engine's problem names. */
async function apiServerEndpoint(): Promise<Endpoint> {
  const command = 'get endpointslices -n default -l kubernetes.io/service-name=kubernetes -o json';
  const { stdout } = await execa('kubectl', command.split(' '), { stdin: 'ignore', timeout: 60_000 });
  const { items } = JSON.parse(stdout) as {
    items: { endpoints: { addresses: string[] }[]; ports: { port: number }[] }[];
  };
  return endpoint(items[0]?.endpoints[0]?.addresses[0], items[0]?.ports[0]?.port, 'the API server');
}

async function serviceEndpoint(api: ApiServer): Promise<Endpoint> {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'kubernetes', namespace: 'default' } };
  const { spec } = (await api.get(service)).body as { spec: { clusterIP?: string; ports: { port: number }[] } };
  return endpoint(spec.clusterIP, spec.ports[0]?.port, 'the Service of the API server');
}

/** The kubelet of the node that a pod is on: an address that is no pod's and serves HTTPS on every node. */
async function kubeletEndpoint(api: ApiServer): Promise<Endpoint> {
  const pod: ObjectRef = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bystander', namespace } };
  const { spec } = (await api.get(pod)).body as { spec: { nodeName: string } };
  const node: ObjectRef = { apiVersion: 'v1', kind: 'Node', metadata: { name: spec.nodeName } };
  const { status } = (await api.get(node)).body as {
    status: {
      addresses: { type: string; address: string }[];
      daemonEndpoints: { kubeletEndpoint: { Port: number } };
    };
  };
  const internal = status.addresses.find(({ type }) => type === 'InternalIP');
  return endpoint(internal?.address, status.daemonEndpoints.kubeletEndpoint.Port, 'the kubelet');
}

function endpoint(address: string | undefined, port: number | undefined, of: string): Endpoint {
  if (address === undefined || port === undefined) throw new Error(`${of} has no address`);
  return { address, port };
}

/** The network of one address. */
function only(address: string): string {
  return `${address}/${isIPv6(address) ? 128 : 32}`;
}
