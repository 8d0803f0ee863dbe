import { describe, expect, test } from 'vitest';
import type { Flow, Peer } from './flow.ts';
import { flowProblems } from './flow-problems.ts';
import { host, internet, pods, tailnet } from './peers.ts';

const to = (peer: Peer, changes: Partial<Flow> = {}): Flow => ({
  direction: 'out',
  peer,
  ports: [{ port: 443 }],
  because: 'test',
  ...changes,
});
const cidr = (text: string, ...except: readonly string[]): Peer => ({ kind: 'cidr', cidr: text, except });

test.each<[string, Flow]>([
  ['a host', to(host('api.example'))],
  ['a host of one label', to(host('proxy'))],
  ['a long host', to(host(`${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`))],
  ['hosts of a pattern', to(tailnet('*.ts.example', { cidrs: ['100.64.0.0/10', 'fd7a:115c:a1e0::/48'] }))],
  ['networks', to(cidr('10.0.0.0/8', '10.1.0.0/16', '10.2.3.4/32'))],
  ['networks of IPv6', to(cidr('2001:db8::/32', '2001:db8:1::/48'))],
  ['pods', to(pods('llm', { app: 'llm' }))],
  ['the internet', to(internet())],
  ['the gateway, inward', to({ kind: 'gateway' }, { direction: 'in', ports: [{ port: 1 }, { port: 65535 }] })],
])('%s has no problem', (_, flow) => {
  expect(flowProblems(flow)).toEqual([]);
});

describe('ports', () => {
  test('none', () => {
    expect(flowProblems(to(internet(), { ports: [] }))).toEqual([
      {
        message: 'flow to the internet (test): no ports',
        why: 'A rule without ports allows every port.',
        help: 'Give the ports that it needs.',
      },
    ]);
  });

  test.each([0, -1, 65536, 80.5, Number.NaN])('%d', (port) => {
    const flow = to(pods('web', { app: 'web' }), { direction: 'in', ports: [{ port: 80 }, { port }] });
    expect(flowProblems(flow)).toEqual([
      {
        message: `flow from web/app=web (test): port ${port} is not a whole number from 1 to 65535`,
        help: 'Give the number of the port.',
      },
    ]);
  });
});

test.each(['', ' \n'])('because is %j', (because) => {
  expect(flowProblems(to(host('a.example'), { because }))).toEqual([
    { message: 'flow to a.example: `because` is empty', help: 'Say which part of the app needs it.' },
  ]);
});

describe('hosts', () => {
  test('every name', () => {
    expect(flowProblems(to(host('*')))).toEqual([
      { message: 'flow to * (test): host "*" is every name', help: 'Name the hosts, or use the peer internet().' },
    ]);
  });

  test.each(['https://a.example', 'a.example/path', 'a.example:443', 'a.example?x'])(
    '%s is more than a name',
    (name) => {
      expect(flowProblems(to(host(name)))).toEqual([
        {
          message: `flow to ${name} (test): the host is not a DNS name`,
          help: 'Give the name alone, without scheme, user, port or path.',
        },
      ]);
    },
  );

  test('a password in a name is not repeated', () => {
    expect(flowProblems(to(host('https://sam:hunter2@a.example')))).toEqual([
      {
        message: 'flow to a host (test): the host is not a DNS name',
        help: 'Give the name alone, without scheme, user, port or path.',
      },
    ]);
  });

  const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(62)}`;
  test.each([
    '',
    'A.example',
    'a..example',
    '.example',
    'a.example.',
    '-a.example',
    'a_b.example',
    'a b',
    'a.*.example',
    'a*.example',
    '**.example',
    '*.*.example',
    `${'a'.repeat(64)}.example`,
    long,
  ])('"%s" is not a name', (name) => {
    expect(flowProblems(to(host(name)))).toEqual([
      {
        message: `flow to ${name} (test): the host is not a DNS name`,
        help: 'Use lowercase letters, digits and hyphens with dots between them; "*" only as the whole first label.',
      },
    ]);
  });

  test.each(['192.0.2.1', '2001:db8::1', '[2001:db8::1]'])('%s is an address', (name) => {
    expect(flowProblems(to(host(name)))).toEqual([
      {
        message: `flow to ${name} (test): ${name} is an address, not a host name`,
        why: 'Nobody asks DNS for an address, so a rule for a name never matches it.',
        help: "Use a peer of kind 'cidr'.",
      },
    ]);
  });

  test('their addresses', () => {
    expect(flowProblems(to(tailnet('a.example', { cidrs: ['100.64.0.1/10'] }))).map(({ message }) => message)).toEqual([
      'flow to a.example (test): "100.64.0.1/10" is not written as a network',
    ]);
  });
});

describe('networks', () => {
  test.each(['10.0.0.0', '10.0.0.0/33', 'a.example', '2001:db8::/129'])('%s is none', (text) => {
    expect(flowProblems(to(cidr(text)))).toEqual([
      {
        message: `flow to ${text} (test): "${text}" is not a network`,
        help: 'Write an address and the length of its prefix, such as 10.0.0.0/8 or 2001:db8::/32.',
      },
    ]);
  });

  test.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['2001:DB8::/32', '2001:db8::/32'],
  ])('%s is written %s', (text, canonical) => {
    expect(flowProblems(to(cidr(text)))).toEqual([
      {
        message: `flow to ${text} (test): "${text}" is not written as a network`,
        help: `Write ${canonical}, or the whole prefix of the address that is meant.`,
      },
    ]);
  });

  test('an exception outside, and one that is none', () => {
    expect(flowProblems(to(cidr('10.0.0.0/8', '11.0.0.0/16', 'x')))).toEqual([
      {
        message: 'flow to 10.0.0.0/8 (test): "x" is not a network',
        help: 'Write an address and the length of its prefix, such as 10.0.0.0/8 or 2001:db8::/32.',
      },
      {
        message: 'flow to 10.0.0.0/8 (test): except 11.0.0.0/16 is not in 10.0.0.0/8',
        why: 'The API server or the network plugin would refuse the policy.',
        help: 'Remove it, or correct one of them.',
      },
    ]);
  });
});

describe('pods', () => {
  test('of a whole namespace', () => {
    expect(flowProblems(to(pods('llm', {})))).toEqual([
      {
        message: 'flow to llm/ (test): pods without labels',
        why: 'It would select every pod of namespace llm.',
        help: 'Give at least one label of the pods that are meant.',
      },
    ]);
  });

  test.each(['', 'LLM', 'a.b', '-a', 'a'.repeat(64)])('of namespace "%s"', (namespace) => {
    expect(flowProblems(to(pods(namespace, { app: 'llm' })))).toEqual([
      {
        message: `flow to ${namespace}/app=llm (test): namespace "${namespace}" is not a DNS label`,
        help: 'Use at most 63 lowercase letters, digits and hyphens.',
      },
    ]);
  });
});
