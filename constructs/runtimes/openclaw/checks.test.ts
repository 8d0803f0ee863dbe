import { Size } from 'cdk8s';
import { expect, test } from 'vitest';
import { webhook } from '../../channels/webhook.ts';
import type { Finding, Problem } from '../../problem.ts';
import { chats, exposure, web, wiring } from '../testing/wirings.ts';
import { openClaw } from './openclaw.ts';
import type { PluginOptions } from './options.ts';
import { alertmanager, chromium, clusterWith, hook, remoteChromium } from './testing/cases.ts';

interface Fixture {
  readonly options?: Partial<PluginOptions>;
  readonly wiring?: Parameters<typeof wiring>[0];
  readonly problem: Problem;
}

const called = { channels: [hook], callers: [alertmanager] };
const refused = {
  why: 'OpenClaw answers 403 to callers at a trusted address that do not say who is behind them.',
  help: "Use proxy 'forwarder', or give the gateway single addresses.",
};
const wide = {
  why: 'OpenClaw believes whatever anybody in it says about the client, and answers 403 to clients who are in it themselves.',
  help: "Give the gateway addresses of its own, or use proxy 'forwarder'.",
};
const small = {
  why: 'OpenClaw alone takes 1.1 GB, with 170 MB for its helpers: the kernel would kill it at its start.',
  help: 'Give it 1536 MiB or more.',
};

const problems: Record<string, Fixture> = {
  'a release that is not known': {
    options: { version: '2026.8.1' as '2026.9.6' },
    problem: {
      message: 'runtime openclaw: version "2026.8.1" is not known',
      why: 'OpenClaw refuses to start with a key that its release does not have, and the keys change every few weeks.',
      help: 'Use one of 2026.9.6, 2026.7.1-2.',
    },
  },
  'channels without a source of their plugins': {
    wiring: { channels: [chats.slack, chats.telegram, chats.discord] },
    problem: {
      message: 'runtime openclaw: channels need @openclaw/slack, @openclaw/discord, and `plugins` is not given',
      why: 'The image has the plugin of Telegram alone: without the others OpenClaw would try to install them, and the fence would not let it.',
      help: "Say `plugins: 'init'` or 'egress' to install them from the public npm registry, or 'baked' with an image that has them.",
    },
  },
  'two channels of one kind': {
    wiring: { channels: [chats.telegram, chats.telegram] },
    problem: {
      message: 'runtime openclaw: 2 channels of kind telegram',
      why: 'They would share one secret, and log in as one account.',
      help: 'Give one channel all places and people, or make a second agent.',
    },
  },
  "a source that has the name of one of OpenClaw's own endpoints": {
    wiring: { channels: [webhook({ sources: [{ name: 'agent', kind: 'generic', callers: [alertmanager] }] })] },
    problem: {
      message: 'runtime openclaw: source "agent" of channel webhook',
      why: 'OpenClaw has its own endpoint at /hooks/agent, which comes first.',
      help: 'Rename the source.',
    },
  },
  'an answer to nothing': {
    options: { announce: { channel: 'telegram', to: '1001' } },
    wiring: { channels: [chats.telegram] },
    problem: {
      message: 'runtime openclaw: announce without a webhook channel',
      help: 'Give the agent a webhook() channel, or remove `announce`.',
    },
  },
  'an answer to a channel that is not there': {
    options: { announce: { channel: 'telegram', to: '1001' } },
    wiring: called,
    problem: {
      message: 'runtime openclaw: announce names channel telegram, which the agent does not have',
      why: 'The answer to a webhook would go nowhere.',
      help: 'Give the agent the channel, or name one that it has.',
    },
  },
  'addresses that the gateway does not have': {
    options: { proxy: 'addresses' },
    wiring: { exposure },
    problem: {
      message: "runtime openclaw: proxy 'addresses', and the gateway of cluster lab has none",
      why: 'OpenClaw would answer 403 to everything that comes through the gateway.',
      help: "Give the gateway its `addresses`, or use proxy 'forwarder'.",
    },
  },
  'an address that is none': {
    wiring: { exposure, cluster: clusterWith(['10.42.7.5']) },
    problem: {
      message: 'runtime openclaw: "10.42.7.5" among the addresses of the gateway of cluster lab is no network',
      help: 'Write it as 10.0.0.7/32.',
    },
  },
  'the network of all pods as the addresses of a gateway': {
    wiring: { exposure, cluster: clusterWith(['10.42.0.0/16']) },
    problem: { message: 'runtime openclaw: 10.42.0.0/16 is more than the data plane of a gateway', ...wide },
  },
  'a caller that may have an address of the gateway': {
    options: { proxy: 'addresses' },
    wiring: { ...called, exposure, cluster: clusterWith(['10.42.7.0/28']) },
    problem: {
      message:
        "runtime openclaw: monitoring/app=alertmanager calls from inside, perhaps from 10.42.7.0/28, which are the gateway's addresses",
      ...refused,
    },
  },
  'a caller by network that has an address of the gateway': {
    options: { proxy: 'addresses' },
    wiring: { callers: [{ kind: 'cidr', cidr: '10.42.0.0/16' }], exposure, cluster: clusterWith(['10.42.7.7/32']) },
    problem: {
      message:
        "runtime openclaw: 10.42.0.0/16 calls from inside, perhaps from 10.42.7.7/32, which are the gateway's addresses",
      ...refused,
    },
  },
  'too little memory': {
    options: { memory: Size.gibibytes(1) },
    problem: { message: 'runtime openclaw: a memory limit of 1024 MiB', ...small },
  },
  "too little memory in the agent's resources": {
    wiring: { resources: { limits: { memory: '512Mi' } } },
    problem: { message: 'runtime openclaw: a memory limit of 512 MiB', ...small },
  },
  'two browsers': {
    wiring: { tools: [chromium, { ...remoteChromium, name: 'other' }] },
    problem: {
      message: 'runtime openclaw: 2 browsers (chromium, other)',
      why: 'OpenClaw would use the first one alone.',
      help: 'Remove one.',
    },
  },
};

const planOf = (options: Partial<PluginOptions> = {}, changes: Parameters<typeof wiring>[0] = {}) =>
  openClaw({ version: '2026.9.6', ...options } as PluginOptions).plan(wiring(changes));

test.each(Object.entries(problems))('%s', (_, { options, wiring: changes, problem }) => {
  expect(planOf(options, changes).problems).toEqual([problem]);
});

test('a single address of the gateway is no caller', () => {
  const cluster = clusterWith(['10.42.7.7/32', '2001:db8::7/128']);
  expect(planOf({ proxy: 'addresses' }, { ...called, exposure, cluster }).problems).toEqual([]);
});

test('256 addresses may be those of a gateway', () => {
  expect(planOf({}, { exposure, cluster: clusterWith(['10.42.7.0/24']) }).problems).toEqual([]);
});

const rules = (findings: readonly Finding[]) => findings.map(({ rule }) => rule);

test('what a reviewer should know, rule by rule', () => {
  expect(rules(planOf().findings)).toEqual([]);
  expect(rules(planOf({}, { channels: [chats.telegram] }).findings)).toEqual([]);
  expect(rules(planOf({ configMode: 'merge' }).findings)).toEqual(['openclaw-config-writable']);
  expect(rules(planOf({ exec: 'gateway' }).findings)).toEqual(['openclaw-exec-sees-keys']);
  expect(rules(planOf({ exec: 'executor' }).findings)).toEqual(['openclaw-executor-approval']);
  expect(rules(planOf({}, { tools: [web] }).findings)).toEqual([]);
  expect(rules(planOf({ exec: 'gateway' }, { tools: [web] }).findings)).toEqual([
    'openclaw-exec-sees-keys',
    'openclaw-exec-reaches-web',
  ]);
  expect(rules(planOf({ plugins: 'init' }, { channels: [chats.slack] }).findings)).toEqual([
    'openclaw-plugins-from-npm',
  ]);
  expect(rules(planOf({ plugins: 'baked' }, { channels: [chats.slack] }).findings)).toEqual([]);
  expect(rules(planOf({ plugins: 'init' }).findings)).toEqual([]);
  expect(rules(planOf({}, called).findings)).toEqual(['openclaw-hook-token']);
  expect(rules(planOf({}, { exposure }).findings)).toEqual(['openclaw-gateway-exposed']);
  expect(rules(planOf({ plugins: 'baked' }, { channels: [chats.matrix] }).findings)).toEqual([
    'openclaw-matrix-verification',
  ]);
});

test('what a person has to do once is said as a command', () => {
  const [approval] = planOf({ exec: 'executor' }).findings;
  expect(approval?.help).toBe(
    "In the pod: kubectl exec -n claw claw-0 -- sh -c 'openclaw nodes pending; openclaw nodes approve <request>'",
  );
  const [verification] = planOf({ plugins: 'baked' }, { channels: [chats.matrix] }).findings;
  expect(verification?.help).toBe(
    "In the pod: kubectl exec -n claw claw-0 -- sh -c 'printenv MATRIX_RECOVERY_KEY | openclaw matrix verify device --recovery-key-stdin'",
  );
});
