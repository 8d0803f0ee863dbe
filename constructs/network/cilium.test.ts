import { describe, expect, test } from 'vitest';
import { Cluster, type ClusterProps } from '../cluster.ts';
import type { Gateway } from '../facts.ts';
import { plain } from '../testing/cluster.ts';
import { cilium } from './cilium.ts';
import type { Flow, Peer } from './flow.ts';
import { internetCidrs } from './internet.ts';
import { host, pods, tailnet } from './peers.ts';

function render(flows: readonly Flow[], changes: Partial<ClusterProps> = {}) {
  const cluster = Cluster.of(new Cluster('test', { ...plain, ...changes, apps: () => {} }));
  const { objects, findings, problems } = cilium().objects(
    { name: 'agent', namespace: 'demo', labels: { app: 'agent' }, flows },
    cluster,
  );
  const [policy, ...others] = objects as unknown as { spec: { ingress: unknown; egress: unknown[] } }[];
  expect(others).toEqual([]);
  return { policy, ...policy?.spec, findings, problems };
}

const out = (peer: Peer, ...ports: Flow['ports']): Flow => ({ direction: 'out', peer, ports, because: 'test' });
const into = (peer: Peer, ...ports: Flow['ports']): Flow => ({ direction: 'in', peer, ports, because: 'test' });
const tcp = (port: string) => [{ ports: [{ port, protocol: 'TCP' }] }];
const kubeDns = {
  toEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'kube-system', 'k8s-app': 'kube-dns' } }],
};
const ask = (...dns: readonly object[]) => ({
  ...kubeDns,
  toPorts: [{ ports: [{ port: '53', protocol: 'ANY' }], rules: { dns } }],
});

test('a fence without flows denies both directions', () => {
  expect(render([]).policy).toEqual({
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'agent', namespace: 'demo' },
    spec: { endpointSelector: { matchLabels: { app: 'agent' } }, ingress: [{}], egress: [{}] },
  });
});

test('a direction without flows is denied beside one with flows', () => {
  expect(render([out(host('a.example'), { port: 443 })]).ingress).toEqual([{}]);
  expect(render([into(pods('web', { app: 'web' }), { port: 80 })]).egress).toEqual([{}]);
});

describe('out to', () => {
  const cases: readonly [string, Peer, object, readonly object[]][] = [
    ['a host', host('api.example'), { toFQDNs: [{ matchName: 'api.example' }] }, [ask({ matchName: 'api.example' })]],
    [
      'hosts of a pattern',
      tailnet('*.ts.example', { cidrs: ['100.64.0.0/10'] }),
      { toFQDNs: [{ matchPattern: '*.ts.example' }] },
      [ask({ matchPattern: '*.ts.example' })],
    ],
    [
      'addresses',
      { kind: 'cidr', cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] },
      { toCIDRSet: [{ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }] },
      [],
    ],
    [
      'pods',
      pods('llm', { app: 'llm' }),
      { toEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'llm', app: 'llm' } }] },
      [ask({ matchPattern: '*.llm.svc.cluster.local' })],
    ],
    ['the internet', { kind: 'internet' }, { toCIDRSet: internetCidrs }, [ask({ matchPattern: '*' })]],
    [
      'the API server',
      { kind: 'apiServer' },
      { toEntities: ['kube-apiserver'] },
      [ask({ matchName: 'kubernetes.default.svc.cluster.local' })],
    ],
  ];
  test.each(cases)('%s', (_, peer, to, dns) => {
    const { egress, problems } = render([out(peer, { port: 443 })]);
    expect(egress).toEqual([...dns, { ...to, toPorts: tcp('443') }]);
    expect(problems).toEqual([]);
  });
});

test('ports keep their protocol, and are TCP unless told', () => {
  const { egress } = render([
    out({ kind: 'cidr', cidr: '192.0.2.1/32' }, { port: 443 }, { port: 443, protocol: 'UDP' }),
  ]);
  expect(egress).toEqual([
    {
      toCIDRSet: [{ cidr: '192.0.2.1/32' }],
      toPorts: [
        {
          ports: [
            { port: '443', protocol: 'TCP' },
            { port: '443', protocol: 'UDP' },
          ],
        },
      ],
    },
  ]);
});

describe('names', () => {
  const flows = [
    out(host('a.example'), { port: 443 }),
    out(host('a.example'), { port: 8443 }),
    out({ kind: 'cidr', cidr: '192.0.2.1/32' }, { port: 443 }),
    out(tailnet('*.ts.example', { cidrs: [] }), { port: 443 }),
    out(pods('llm', { app: 'llm' }), { port: 80 }),
    out(pods('llm', { app: 'other' }), { port: 80 }),
    out({ kind: 'apiServer' }, { port: 6443 }),
  ];

  test('are exactly those of the flows, each once', () => {
    const { egress } = render(flows, { serviceDomain: 'k8s.example' });
    expect(egress?.[0]).toEqual(
      ask(
        { matchName: 'a.example' },
        { matchPattern: '*.ts.example' },
        { matchPattern: '*.llm.svc.k8s.example' },
        { matchName: 'kubernetes.default.svc.k8s.example' },
      ),
    );
    expect(egress).toHaveLength(1 + flows.length);
  });

  test('are all names only with the internet', () => {
    const { egress } = render([...flows, out({ kind: 'internet' }, { port: 443 })]);
    expect(egress?.[0]).toEqual(ask({ matchPattern: '*' }));
    expect(egress).toHaveLength(1 + flows.length + 1);
  });

  test('are asked for where the cluster says', () => {
    const { egress } = render([out(host('a.example'), { port: 443 })], {
      dns: [pods('dns', { app: 'coredns' }), { kind: 'cidr', cidr: '169.254.20.10/32' }],
    });
    const toPorts = [{ ports: [{ port: '53', protocol: 'ANY' }], rules: { dns: [{ matchName: 'a.example' }] } }];
    expect(egress?.slice(0, 2)).toEqual([
      { toEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'dns', app: 'coredns' } }], toPorts },
      { toCIDRSet: [{ cidr: '169.254.20.10/32' }], toPorts },
    ]);
  });

  test('bound a flow to DNS itself', () => {
    const { egress } = render([out(host('a.example'), { port: 443 }), out({ kind: 'dns' }, { port: 5353 })], {
      dns: [pods('dns', { app: 'coredns' })],
    });
    expect(egress?.at(-1)).toEqual({
      toEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'dns', app: 'coredns' } }],
      toPorts: [{ ports: [{ port: '5353', protocol: 'TCP' }], rules: { dns: [{ matchName: 'a.example' }] } }],
    });
    expect(egress).toHaveLength(3);
  });

  test('without names, a flow to DNS opens nothing', () => {
    const cidr = out({ kind: 'cidr', cidr: '192.0.2.1/32' }, { port: 443 });
    expect(render([out({ kind: 'dns' }, { port: 53 })]).egress).toEqual([{}]);
    expect(render([out({ kind: 'dns' }, { port: 53 }), cidr]).egress).toEqual([
      { toCIDRSet: [{ cidr: '192.0.2.1/32' }], toPorts: tcp('443') },
    ]);
  });

  test('cannot be asked for at DNS, or at the gateway', () => {
    expect(render([], { dns: [{ kind: 'dns' }, { kind: 'gateway' }] }).problems).toEqual(
      ['dns', 'gateway'].map((kind) => ({
        message: `cluster test: dns cannot be a peer of kind '${kind}'`,
        help: 'Give the pods or addresses that answer for names.',
      })),
    );
  });
});

describe('in from', () => {
  test('pods', () => {
    expect(render([into(pods('web', { app: 'web' }), { port: 80 })]).ingress).toEqual([
      {
        fromEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'web', app: 'web' } }],
        toPorts: tcp('80'),
      },
    ]);
  });

  test('addresses', () => {
    expect(render([into({ kind: 'cidr', cidr: '192.0.2.0/24' }, { port: 80 })]).ingress).toEqual([
      { fromCIDRSet: [{ cidr: '192.0.2.0/24' }], toPorts: tcp('80') },
    ]);
  });

  test('the API server', () => {
    expect(render([into({ kind: 'apiServer' }, { port: 80 })]).ingress).toEqual([
      { fromEntities: ['kube-apiserver'], toPorts: tcp('80') },
    ]);
  });

  test.each([
    ['host', host('a.example')],
    ['internet', { kind: 'internet' }],
    ['dns', { kind: 'dns' }],
  ] as const)('%s is refused', (kind, peer) => {
    expect(render([into(peer, { port: 80 })]).problems).toEqual([
      {
        message: `a flow inward cannot come from ${kind} (test)`,
        help: 'Use pods, a CIDR, the API server or the gateway.',
      },
    ]);
  });
});

describe('the gateway', () => {
  const gateway = (peers: Gateway['peers']): Partial<ClusterProps> => ({
    gateway: { name: 'web', namespace: 'web', scheme: 'https', peers },
  });
  const both = [into({ kind: 'gateway' }, { port: 80 }), out({ kind: 'gateway' }, { port: 8443 })];

  test('is its pods', () => {
    const { ingress, egress, problems } = render(both, gateway([pods('web', { a: '1' }), pods('edge', { b: '2' })]));
    const endpoints = [
      { matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'web', a: '1' } },
      { matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'edge', b: '2' } },
    ];
    expect(ingress).toEqual([{ fromEndpoints: endpoints, toPorts: tcp('80') }]);
    expect(egress).toEqual([{ toEndpoints: endpoints, toPorts: tcp('8443') }]);
    expect(problems).toEqual([]);
  });

  test("is Cilium's own", () => {
    const { ingress, egress, problems } = render(both, gateway('cilium-ingress'));
    expect(ingress).toEqual([{ fromEntities: ['ingress'], toPorts: tcp('80') }]);
    expect(egress).toEqual([{ toEntities: ['ingress'], toPorts: tcp('8443') }]);
    expect(problems).toEqual([]);
  });

  describe.each(both)('$direction', (flow) => {
    test.each([
      ['by address', [pods('web', { a: '1' }), { kind: 'cidr', cidr: '10.0.0.0/8' }]],
      ['that nobody described', []],
    ] as const)('is refused %s', (_, peers) => {
      expect(render([flow], gateway(peers)).problems).toEqual([
        {
          message: "cluster test: the gateway's peers must be pods or 'cilium-ingress'",
          why: 'Cilium knows pods by their identity: rules for addresses do not match them.',
          help: "Give the namespace and labels of the gateway's data plane.",
        },
      ]);
    });

    test('is refused where there is none', () => {
      expect(render([flow]).problems).toEqual([
        { message: 'cluster test has no gateway', help: 'Give the cluster a `gateway`, or remove the flow.' },
      ]);
    });
  });
});
