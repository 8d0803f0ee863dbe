/** OpenClaw's own parser accepts every configuration that the adapter writes, and refuses what the profiles are there for. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../constructs/agent/plan.ts';
import { type OpenClawVersion, openClaw } from '../../constructs/index.ts';
import { configName } from '../../constructs/runtimes/openclaw/layout.ts';
import type { PluginOptions } from '../../constructs/runtimes/openclaw/options.ts';
import { type Case, cases, versions } from '../../constructs/runtimes/openclaw/testing/cases.ts';
import { committedAgents } from './committed.ts';
import { program } from './packages.ts';
import { type Verdict, validate } from './program.ts';

const programs = new Map<string, string>();

beforeAll(async () => {
  for (const version of versions) programs.set(version, await program(version));
});

function configOf(version: OpenClawVersion, { options, wiring }: Case): string {
  const plan = openClaw({ ...options, version } as PluginOptions).plan(wiring);
  expect(plan.problems).toEqual([]);
  return fileOf(plan, 'config');
}

function fileOf({ folders }: Plan, folder: string): string {
  const text = folders?.find(({ name }) => name === folder)?.files[configName];
  if (text === undefined) throw new Error(`the plan has no ${configName} in folder ${folder}`);
  return text;
}

function executorOf(version: OpenClawVersion): string {
  return fileOf(openClaw({ version, exec: 'executor' }).plan((cases.minimal as Case).wiring), 'executor-config');
}

const valid: Verdict = { valid: true, issues: [], warnings: [] };

/** Most of the grid shares its configuration, and each question takes seconds: name of the first case to configuration. */
function distinct(version: OpenClawVersion): [name: string, config: string][] {
  const configs = new Map<string, string>();
  for (const [name, each] of Object.entries(cases)) {
    const config = configOf(version, each);
    if (!configs.has(config)) configs.set(config, name);
  }
  return [...configs].map(([config, name]) => [name, config]);
}

describe.each(versions)('%s', (version) => {
  const ask = (config: string) => validate(programs.get(version) ?? '', config);

  const configs = distinct(version);

  test('the grid is of many configurations', () => {
    expect(configs.length).toBeGreaterThan(25);
  });

  test.concurrent.each(configs)('accepts %s', async (_, config) => {
    expect(await ask(config)).toEqual(valid);
  });

  test.concurrent('accepts the configuration of the executor', async () => {
    expect(await ask(executorOf(version))).toEqual(valid);
  });

  const everything = cases['everything, at once'] as Case;
  const broken: Readonly<Record<string, readonly [change: object, issue: RegExp]>> = {
    'a key that is misspelled': [{ gateway: { trustedProxys: [] } }, /^gateway: /],
    'a key at the top': [{ gatway: {} }, /^<root>: /],
    'a policy that is misspelled': [
      { channels: { telegram: { dmPolicy: 'allow-list' } } },
      /^channels\.telegram\.dmPolicy: /,
    ],
    'an address to bind to': [{ gateway: { bind: '0.0.0.0' } }, /^gateway\.bind: /],
    'a list of people that is none': [
      { channels: { telegram: { allowFrom: '1001' } } },
      /^channels\.telegram\.allowFrom/,
    ],
    'a transport that is misspelled': [
      { mcp: { servers: { scrapling: { transport: 'http' } } } },
      /^mcp\.servers\.scrapling/,
    ],
    'a protocol of a model that is misspelled': [
      { models: { providers: { litellm: { api: 'openai' } } } },
      /^models\.providers\.litellm\.api: /,
    ],
    'an action of a hook that is misspelled': [{ hooks: { mappings: [{ action: 'run' }] } }, /^hooks\.mappings\.0/],
  };
  test.concurrent.each(Object.entries(broken))('refuses %s', async (_, [extra, issue]) => {
    const { valid: accepted, issues } = await ask(
      configOf(version, { ...everything, options: { ...everything.options, extra: { ...extra } } }),
    );
    expect(accepted).toBe(false);
    expect(issues.join('\n')).toMatch(issue);
  });

  test.concurrent('refuses the configuration of the other release', async () => {
    const other = versions.find((each) => each !== version) ?? version;
    const { valid: accepted, issues } = await ask(configOf(other, everything));
    expect(accepted).toBe(false);
    expect(issues.join('\n')).toMatch(/browser\.profiles\.chromium/);
  });
});

const committed = committedAgents();

test('the configurations in dist are those of these agents', () => {
  expect(committed.map(({ name, version, configs }) => [name, version, Object.keys(configs)])).toEqual([
    ['homelab/openclaw/openclaw', '2026.9.6', ['agent', 'executor']],
    ['media/media-agent/openclaw', '2026.9.6', ['agent', 'executor']],
  ]);
});

describe.each(committed)('dist/$name', ({ version, configs }) => {
  test.concurrent.each(Object.entries(configs))('accepts what container %s reads', async (_, config) => {
    expect(await validate(programs.get(version) ?? '', config)).toEqual(valid);
  });
});
