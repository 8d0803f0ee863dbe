/** OpenClaw's own parser accepts every configuration that the adapter writes, and refuses what the profiles are there for. */
import { beforeAll, describe, expect, test } from 'vitest';
import { openClaw } from '../../constructs/index.ts';
import type { PluginOptions } from '../../constructs/runtimes/openclaw/options.ts';
import { type Case, cases, versions } from '../../constructs/runtimes/openclaw/testing/cases.ts';
import { program, type Verdict, validate } from './program.ts';

const programs = new Map<string, string>();

beforeAll(async () => {
  for (const version of versions) programs.set(version, await program(version));
});

function configOf(version: (typeof versions)[number], { options, wiring }: Case): string {
  const plan = openClaw({ ...options, version } as PluginOptions).plan(wiring);
  expect(plan.problems).toEqual([]);
  return plan.folders?.find(({ name }) => name === 'config')?.files['openclaw.json'] ?? '';
}

const executorOf = (version: (typeof versions)[number]) =>
  openClaw({ version, exec: 'executor' })
    .plan(Object.values(cases)[0]?.wiring as Case['wiring'])
    .folders?.find(({ name }) => name === 'executor-config')?.files['openclaw.json'] ?? '';

const valid: Verdict = { valid: true, issues: [], warnings: [] };

describe.each(versions)('%s', (version) => {
  const ask = (config: string) => validate(programs.get(version) ?? '', config);

  test('accepts every configuration of the grid', async () => {
    // Most of the grid shares its configuration, and each question takes seconds.
    const configs = new Map<string, string>();
    for (const [name, each] of Object.entries(cases)) {
      const config = configOf(version, each);
      if (!configs.has(config)) configs.set(config, name);
    }
    const queue = [...configs];
    const verdicts: Record<string, Verdict> = {};
    const worker = async () => {
      for (let next = queue.pop(); next; next = queue.pop()) verdicts[next[1]] = await ask(next[0]);
    };
    await Promise.all([worker(), worker()]);
    expect(Object.keys(verdicts).length).toBeGreaterThan(25);
    expect(verdicts).toEqual(Object.fromEntries([...configs.values()].map((name) => [name, valid])));
  });

  test('accepts the configuration of the executor', async () => {
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
  test.each(Object.entries(broken))('refuses %s', async (_, [extra, issue]) => {
    const { valid: accepted, issues } = await ask(
      configOf(version, { ...everything, options: { ...everything.options, extra: { ...extra } } }),
    );
    expect(accepted).toBe(false);
    expect(issues.join('\n')).toMatch(issue);
  });

  test('refuses the configuration of the other release', async () => {
    const other = versions.find((each) => each !== version) ?? version;
    const { valid: accepted, issues } = await ask(configOf(other, everything));
    expect(accepted).toBe(false);
    expect(issues.join('\n')).toMatch(/browser\.profiles\.chromium/);
  });
});
