import { describe, expect, test } from 'vitest';
import { Cluster, type ClusterProps } from '../cluster.ts';
import type { Gateway } from '../facts.ts';
import { plain } from '../testing/cluster.ts';
import type { Flow, Peer } from './flow.ts';
import { kubernetesNetworkPolicies } from './kubernetes-network-policies.ts';
import { host, internet, pods, tailnet } from './peers.ts';

function render(flows: readonly Flow[], changes: Partial<ClusterProps> = {}) {
  const network = kubernetesNetworkPolicies();
  const cluster = Cluster.of(new Cluster('test', { ...plain, network, ...changes, apps: () => {} }));
  const fence = { name: 'agent', namespace: 'demo', labels: { app: 'agent' }, flows };
  const { objects, ...rest } = network.objects(fence, cluster);
  const [policy, ...others] = objects as unknown as { spec: { ingress?: unknown[]; egress?: unknown[] } }[];
  expect(others).toEqual([]);
  return { policy, ingress: policy?.spec.ingress ?? [], egress: policy?.spec.egress ?? [], ...rest };
}

const out = (peer: Peer, ...ports: Flow['ports']): Flow => ({ direction: 'out', peer, ports, because: 'test' });
const into = (peer: Peer, ...ports: Flow['ports']): Flow => ({ direction: 'in', peer, ports, because: 'test' });
const tcp = (...ports: readonly number[]) => ports.map((port) => ({ port, protocol: 'TCP' }));
const podsOf = (namespace: string, matchLabels: object) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  podSelector: { matchLabels },
});
const asked = [
  { port: 53, protocol: 'UDP' },
  { port: 53, protocol: 'TCP' },
];
const dns = { to: [podsOf('kube-system', { 'k8s-app': 'kube-dns' })], ports: asked };
const public4 = {
  ipBlock: {
    cidr: '0.0.0.0/0',
    except: [
      '0.0.0.0/8',
      '10.0.0.0/8',
      '100.64.0.0/10',
      '127.0.0.0/8',
      '168.63.129.16/32',
      '169.254.0.0/16',
      '172.16.0.0/12',
      '192.0.0.0/24',
      '192.168.0.0/16',
      '198.18.0.0/15',
      '224.0.0.0/4',
      '240.0.0.0/4',
    ],
  },
};
// Without ::ffff:0:0/96, which the API server refuses.
const public6 = {
  ipBlock: { cidr: '::/0', except: ['::/96', '64:ff9b::/96', 'fc00::/7', 'fe80::/10', 'ff00::/8'] },
};
const addresses: Peer = { kind: 'cidr', cidr: '192.0.2.1/32' };

// No empty lists: the API server does not store them.
test('a fence without flows denies both directions', () => {
  const { policy, implied, findings, problems } = render([]);
  expect({ policy, implied, findings, problems }).toEqual({
    policy: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'agent', namespace: 'demo' },
      spec: {
        podSelector: { matchLabels: { app: 'agent' } },
        policyTypes: ['Ingress', 'Egress'],
      },
    },
    implied: [],
    findings: [],
    problems: [],
  });
});

test('a direction without flows is denied beside one with flows', () => {
  const { policy, problems } = render([into(pods('web', { app: 'web' }), { port: 80 })]);
  expect(policy?.spec).toEqual({
    podSelector: { matchLabels: { app: 'agent' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [podsOf('web', { app: 'web' })], ports: tcp(80) }],
  });
  expect(problems).toEqual([]);
  expect(render([out(addresses, { port: 443 })]).policy?.spec).toEqual({
    podSelector: { matchLabels: { app: 'agent' } },
    policyTypes: ['Ingress', 'Egress'],
    egress: [{ to: [{ ipBlock: { cidr: '192.0.2.1/32' } }], ports: tcp(443) }],
  });
});

describe('out to', () => {
  const apiServer = { cidrs: ['192.0.2.10/32', '2001:db8::10/128'], port: 6443 };
  const cases: readonly [string, Peer, readonly object[], readonly object[]][] = [
    ['a public host', host('api.example.com'), [public4, public6], [dns]],
    [
      'hosts of a tailnet',
      tailnet('*.ts.example', { cidrs: ['100.64.0.0/10', 'fd7a:115c:a1e0::/48'] }),
      [{ ipBlock: { cidr: '100.64.0.0/10' } }, { ipBlock: { cidr: 'fd7a:115c:a1e0::/48' } }],
      [dns],
    ],
    [
      'an internal name with addresses',
      tailnet('nas.lan', { cidrs: ['192.168.1.5/32'] }),
      [{ ipBlock: { cidr: '192.168.1.5/32' } }],
      [dns],
    ],
    [
      'addresses',
      { kind: 'cidr', cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] },
      [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }],
      [],
    ],
    ['pods', pods('llm', { app: 'llm' }), [podsOf('llm', { app: 'llm' })], [dns]],
    ['the internet', internet(), [public4, public6], [dns]],
    [
      'the API server',
      { kind: 'apiServer' },
      [{ ipBlock: { cidr: '192.0.2.10/32' } }, { ipBlock: { cidr: '2001:db8::10/128' } }],
      [dns],
    ],
  ];
  test.each(cases)('%s', (_, peer, to, names) => {
    const { egress, ingress, problems, implied } = render([out(peer, { port: 8443 })], { apiServer });
    expect(egress).toEqual([...names, { to, ports: tcp(8443) }]);
    expect(ingress).toEqual([]);
    expect(problems).toEqual([]);
    const reason = { what: 'out cluster DNS:53', because: 'names of the flows, and any other name' };
    expect(implied).toEqual(names.length > 0 ? [reason] : []);
  });
});

describe('flows with the same ports', () => {
  test('are one rule, with each peer once, in order of first appearance', () => {
    const { egress } = render([
      out(pods('llm', { app: 'llm', tier: 'a' }), { port: 80 }),
      out(addresses, { port: 443 }, { port: 443, protocol: 'UDP' }),
      out(internet(), { port: 80 }),
      out(pods('llm', { tier: 'a', app: 'llm' }), { port: 80, protocol: 'TCP' }),
      out(host('a.example.com'), { port: 80 }),
      out({ kind: 'cidr', cidr: '192.0.2.2/32' }, { port: 443, protocol: 'UDP' }, { port: 443 }, { port: 443 }),
      out(pods('kube-system', { app: 'other' }), { port: 53 }, { port: 53, protocol: 'UDP' }),
    ]);
    expect(egress).toEqual([
      { to: [...dns.to, podsOf('kube-system', { app: 'other' })], ports: asked },
      { to: [podsOf('llm', { app: 'llm', tier: 'a' }), public4, public6], ports: tcp(80) },
      {
        to: [{ ipBlock: { cidr: '192.0.2.1/32' } }, { ipBlock: { cidr: '192.0.2.2/32' } }],
        ports: [
          { port: 443, protocol: 'TCP' },
          { port: 443, protocol: 'UDP' },
        ],
      },
    ]);
  });

  test('are not those with some of the same ports, or the same numbers of another protocol', () => {
    const { egress } = render([
      out(addresses, { port: 1 }, { port: 2 }),
      out({ kind: 'cidr', cidr: '192.0.2.2/32' }, { port: 1 }),
      out({ kind: 'cidr', cidr: '192.0.2.3/32' }, { port: 1, protocol: 'UDP' }),
    ]);
    expect(egress).toEqual([
      { to: [{ ipBlock: { cidr: '192.0.2.1/32' } }], ports: tcp(1, 2) },
      { to: [{ ipBlock: { cidr: '192.0.2.2/32' } }], ports: tcp(1) },
      { to: [{ ipBlock: { cidr: '192.0.2.3/32' } }], ports: [{ port: 1, protocol: 'UDP' }] },
    ]);
  });

  test('are one rule inward too', () => {
    const flows = [into(pods('a', { a: '1' }), { port: 80 }), into({ kind: 'cidr', cidr: '10.0.0.0/8' }, { port: 80 })];
    expect(render(flows).ingress).toEqual([
      { from: [podsOf('a', { a: '1' }), { ipBlock: { cidr: '10.0.0.0/8' } }], ports: tcp(80) },
    ]);
  });
});

describe('names', () => {
  test('are asked for where the cluster says', () => {
    const { egress } = render([out(pods('llm', { app: 'llm' }), { port: 80 })], {
      dns: [pods('dns', { app: 'coredns' }), { kind: 'cidr', cidr: '169.254.20.10/32' }],
    });
    expect(egress?.[0]).toEqual({
      to: [podsOf('dns', { app: 'coredns' }), { ipBlock: { cidr: '169.254.20.10/32' } }],
      ports: asked,
    });
  });

  test('can be asked for without a flow that needs them, at the ports of a flow to DNS', () => {
    expect(render([out({ kind: 'dns' }, { port: 5353, protocol: 'UDP' })]).egress).toEqual([
      { to: dns.to, ports: [{ port: 5353, protocol: 'UDP' }] },
    ]);
  });

  test('without name servers nothing is open for them', () => {
    const flows = [out({ kind: 'dns' }, { port: 53 }), out(pods('llm', { app: 'llm' }), { port: 80 })];
    expect(render(flows, { dns: [] }).egress).toEqual([{ to: [podsOf('llm', { app: 'llm' })], ports: tcp(80) }]);
  });

  test('cannot be asked for at DNS, or at the gateway', () => {
    const { egress, problems } = render([out({ kind: 'dns' }, { port: 53 })], {
      dns: [{ kind: 'dns' }, { kind: 'gateway' }],
    });
    expect(problems).toEqual(
      ['dns', 'gateway'].map((kind) => ({
        message: `cluster test: dns cannot be a peer of kind '${kind}'`,
        help: 'Give the pods or addresses that answer for names.',
      })),
    );
    expect(egress).toEqual([]);
  });
});

describe('public hosts', () => {
  const finding = (text: string) => ({
    rule: 'host-names-not-enforced',
    message: `pods of demo/agent may connect to every public address at ${text}`,
    why: 'Plain network policies cannot name hosts: whoever takes over the agent can send to any public address at these ports.',
    help: 'Use a network engine that matches names, such as cilium(), or give the addresses of the hosts.',
  });

  test('are one finding, with each host and port once', () => {
    const { findings } = render([
      out(host('b.example.com'), { port: 443 }),
      out(host('*.a.example.com'), { port: 443 }, { port: 3478, protocol: 'UDP' }),
      out(host('b.example.com'), { port: 443 }),
      out(tailnet('*.ts.example', { cidrs: ['100.64.0.0/10'] }), { port: 22 }),
    ]);
    expect(findings).toEqual([finding('ports 443, 3478/UDP, not only to b.example.com, *.a.example.com')]);
  });

  test('with addresses are none', () => {
    const flow = out(tailnet('api.example.com', { cidrs: ['192.0.2.1/32'] }), { port: 443 });
    expect(render([flow]).findings).toEqual([]);
  });

  test('are none at ports where the internet is open anyway', () => {
    const flows = [
      out(host('a.example.com'), { port: 443 }),
      out(host('b.example.com'), { port: 443 }, { port: 8443 }),
      out(host('c.example.com'), { port: 443, protocol: 'UDP' }),
    ];
    const { findings } = render([...flows, out(internet(), { port: 443 })]);
    expect(findings).toEqual([finding('ports 8443, 443/UDP, not only to b.example.com, c.example.com')]);
    expect(render([...flows.slice(0, 1), out(internet(), { port: 443 })]).findings).toEqual([]);
  });

  test('are told at their one port', () => {
    const { findings } = render([out(host('a.example.com'), { port: 443 })]);
    expect(findings).toEqual([finding('port 443, not only to a.example.com')]);
  });
});

describe('hosts that could never connect', () => {
  const help = (name: string) =>
    `Give its addresses, as in tailnet('${name}', { cidrs: [...] }), or the pods behind it as the peer.`;

  test.each(['nas.lan', '*.tail.internal', 'llm.models.svc', 'proxy'])('internal without addresses: %s', (name) => {
    const { egress, findings, problems } = render([out(host(name), { port: 443 })]);
    expect(problems).toEqual([
      {
        message: `flow to ${name} (test): the name is internal, and its addresses are not given`,
        why: 'Plain network policies cannot name hosts. Every public address would stand for the name, and no private one: it could never connect.',
        help: help(name),
      },
    ]);
    expect(findings).toEqual([]);
    expect(egress).toEqual([dns]);
  });

  test('with an empty list of addresses', () => {
    const { egress, problems } = render([out(tailnet('api.example.com', { cidrs: [] }), { port: 443 })]);
    expect(problems).toEqual([
      {
        message: 'flow to api.example.com (test): the host has no addresses',
        why: 'Plain network policies cannot name hosts: without addresses it could never connect.',
        help: help('api.example.com'),
      },
    ]);
    expect(egress).toEqual([dns]);
  });

  test.each(['user:hunter2@api.example.com', '10.0.0.1', '*', 'UPPER.example.com'])(
    'what every engine refuses is not repeated: %s',
    (name) => {
      const { findings, problems } = render([out(host(name), { port: 443 })]);
      expect({ findings, problems }).toEqual({ findings: [], problems: [] });
    },
  );
});

describe('ranges that the API server refuses', () => {
  const range = (cidr: string, ...except: readonly string[]): Peer => ({ kind: 'cidr', cidr, except });
  const mapped = (of: string) => ({
    message: `${of}: ::ffff:a00:0/104 is a network of IPv4-mapped addresses`,
    why: 'The API server refuses it in a NetworkPolicy, and no packet has such an address.',
    help: 'Give the IPv4 network.',
  });

  test('IPv4-mapped addresses', () => {
    expect(render([out(range('::ffff:a00:0/104'), { port: 80 })]).problems).toEqual([
      mapped('flow to ::ffff:a00:0/104 (test)'),
    ]);
    expect(render([into(range('::ffff:a00:0/104'), { port: 80 })]).problems).toEqual([
      mapped('flow from ::ffff:a00:0/104 (test)'),
    ]);
    expect(render([out(tailnet('a.example', { cidrs: ['::ffff:a00:0/104'] }), { port: 80 })]).problems).toEqual([
      mapped('flow to a.example (test)'),
    ]);
  });

  test('as exceptions they are left out', () => {
    const { egress, problems } = render([out(range('::/0', '::ffff:0:0/96', 'fe80::/10'), { port: 80 })]);
    expect(egress).toEqual([{ to: [{ ipBlock: { cidr: '::/0', except: ['fe80::/10'] } }], ports: tcp(80) }]);
    expect(problems).toEqual([]);
  });

  test('what is no network is told by the fence alone', () => {
    expect(render([out(range('10.0.0.0', '10.1.0.0'), { port: 80 })]).problems).toEqual([]);
  });

  test('a range that is excepted as a whole', () => {
    expect(render([out(range('10.0.0.0/8', '10.1.0.0/16', '10.0.0.0/8'), { port: 80 })]).problems).toEqual([
      {
        message: 'flow to 10.0.0.0/8 (test): except 10.0.0.0/8 is the whole of it',
        why: 'The API server refuses it in a NetworkPolicy.',
        help: 'Remove the flow, or correct one of them.',
      },
    ]);
  });
});

describe('the API server', () => {
  const flows = [out({ kind: 'apiServer' }, { port: 6443 }), out({ kind: 'apiServer' }, { port: 443 })];

  test.each([
    ['no addresses', undefined],
    ['an empty list of addresses', { cidrs: [], port: 6443 }],
  ])('with %s is one problem, and stays closed', (_, apiServer) => {
    const { egress, problems } = render(flows, apiServer ? { apiServer } : {});
    expect(problems).toEqual([
      {
        message: "cluster test: the API server's addresses are not given",
        why: "Plain network policies know only addresses, and act after translation of the Service's address.",
        help: 'Give its own addresses as `apiServer: { cidrs, port }`; `kubectl get endpointslices -n default -l kubernetes.io/service-name=kubernetes` shows them.',
      },
    ]);
    expect(egress).toEqual([dns]);
  });

  test('is at networks', () => {
    const { problems } = render(flows, { apiServer: { cidrs: ['192.0.2.10', '192.0.2.20/24'], port: 6443 } });
    expect(problems).toEqual([
      {
        message: 'cluster test: apiServer: "192.0.2.10" is not a network',
        help: 'Write an address and the length of its prefix, such as 10.0.0.0/8 or 2001:db8::/32.',
      },
      {
        message: 'cluster test: apiServer: "192.0.2.20/24" is not written as a network',
        help: 'Write 192.0.2.0/24, or the whole prefix of the address that is meant.',
      },
    ]);
  });
});

describe('in from', () => {
  test('addresses, with exceptions', () => {
    const peer: Peer = { kind: 'cidr', cidr: '192.0.2.0/24', except: ['192.0.2.1/32'] };
    expect(render([into(peer, { port: 80 })]).ingress).toEqual([
      { from: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.1/32'] } }], ports: tcp(80) },
    ]);
  });

  test.each([
    ['host', host('a.example.com')],
    ['internet', internet()],
    ['dns', { kind: 'dns' }],
  ] as const)('%s is refused', (kind, peer) => {
    const { ingress, egress, findings, problems } = render([into(peer, { port: 80 })]);
    expect(problems).toEqual([
      {
        message: `a flow inward cannot come from ${kind} (test)`,
        help: 'Use pods, a CIDR, the API server or the gateway.',
      },
    ]);
    expect({ ingress, egress, findings }).toEqual({ ingress: [], egress: [], findings: [] });
  });
});

describe('the gateway', () => {
  const gateway = (peers: Gateway['peers']): Partial<ClusterProps> => ({
    gateway: { name: 'web', namespace: 'web', scheme: 'https', peers },
  });
  const both = [into({ kind: 'gateway' }, { port: 80 }), out({ kind: 'gateway' }, { port: 8443 })];

  test('is its pods and addresses', () => {
    const { ingress, egress, problems } = render(
      both,
      gateway([pods('web', { a: '1' }), { kind: 'cidr', cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }]),
    );
    const peers = [podsOf('web', { a: '1' }), { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }];
    expect(ingress).toEqual([{ from: peers, ports: tcp(80) }]);
    expect(egress).toEqual([{ to: peers, ports: tcp(8443) }]);
    expect(problems).toEqual([]);
  });

  describe.each(both)('$direction', (flow) => {
    test.each([
      ["as Cilium's own", 'cilium-ingress'],
      ['as a host', [pods('web', { a: '1' }), host('web.example.com')]],
      ['that nobody described', []],
    ] as const)('is refused %s', (_, peers) => {
      expect(render([flow], gateway(peers)).problems).toEqual([
        {
          message: "cluster test: the gateway's peers must be pods or addresses",
          why: "Plain network policies know nothing else; 'cilium-ingress' is an identity of Cilium.",
          help: "Give the namespace and labels of the gateway's data plane, or its addresses.",
        },
      ]);
    });

    test('is refused where there is none', () => {
      const { ingress, egress, problems } = render([flow]);
      expect(problems).toEqual([
        { message: 'cluster test has no gateway', help: 'Give the cluster a `gateway`, or remove the flow.' },
      ]);
      expect({ ingress, egress }).toEqual({ ingress: [], egress: [] });
    });
  });
});
