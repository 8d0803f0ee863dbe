import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ConfigError, loadConfig, parseConfig } from './config.ts';
import { configJsonSchema, configTypeScript } from './schema.ts';
import { temporaryFolder } from './testing.ts';

const good = {
  agent: { name: 'claw' },
  state: '/state',
  workspace: '/workspace',
  models: {
    providers: { main: { api: 'anthropic', apiKey: { file: '/secrets/key' } } },
    chain: [{ provider: 'main', model: 'm' }],
  },
};

function problems(json: unknown): readonly string[] {
  try {
    parseConfig(json);
  } catch (error) {
    return (error as ConfigError).problems;
  }
  return [];
}

test('the least that a configuration needs, and the defaults', () => {
  const config = parseConfig(good);
  expect(config.budget).toEqual({ steps: 20, tokens: 200_000, seconds: 600, toolSeconds: 60, toolOutput: 32_768 });
  expect(config.queue).toEqual({ high: 1000, low: 500, tries: 5, sendTries: 300, retentionDays: 14 });
  expect(config.models.retrySeconds).toEqual([5, 15, 45]);
  expect(config.outbound.hosts).toEqual([]);
  expect(config.channels).toEqual({});
});

test('all problems at once, each with its path', () => {
  expect(
    problems({
      ...good,
      agent: { name: 'Claw', nmae: 'x' },
      state: 'state',
      workspace: undefined,
      models: {
        providers: { main: { api: 'openai', apiKey: { fil: '/k' } } },
        chain: [{ provider: 'other', model: 'm' }],
      },
      queue: { high: 5, low: 5 },
      channels: {
        webhook: {
          sources: {
            am: {
              format: 'alertmanager',
              auth: { kind: 'bearer', secret: { env: 'T' } },
              prompt: 'p',
              deliverTo: { channel: 'telegram', to: '1' },
            },
          },
        },
      },
      tols: {},
    }),
  ).toEqual([
    'agent.name: must be lowercase letters, digits and inner dashes, at most 40',
    'agent.nmae: unknown key',
    'channels.webhook.sources.am.deliverTo.channel: is no channel of this configuration',
    'models.chain[0].provider: is not a key of models.providers',
    'models.providers.main.apiKey.fil: unknown key',
    'models.providers.main.apiKey.file: is missing',
    'queue.low: must be below queue.high',
    'state: must be an absolute path',
    'tols: unknown key',
    'workspace: is missing',
  ]);
});

test('a secret in place of its file is refused, and not quoted', () => {
  const found = problems({
    ...good,
    models: { ...good.models, providers: { main: { api: 'anthropic', apiKey: 'sk-canary-0123456789' } } },
  });
  expect(found.join()).toMatch(/^models\.providers\.main\.apiKey/);
  expect(found.join()).not.toContain('canary');
});

test('what is no JSON is not quoted either', () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'config.json');
  writeFileSync(file, '{ "token": canary }');
  expect(() => loadConfig(file)).toThrow(`${file}: a problem\n  is not JSON`);
  expect(() => loadConfig(join(folder.path, 'none.json'))).toThrow('cannot be read: ENOENT');
});

test('the JSON Schema refuses unknown keys, and asks for no key that has a default', () => {
  const schema = configJsonSchema() as { additionalProperties: unknown; required: string[] };
  expect(schema.additionalProperties).toBe(false);
  expect(schema.required).toEqual(['agent', 'state', 'workspace', 'models']);
});

test('the TypeScript of it has the same keys, secrets as files or variables, and defaults', () => {
  const text = configTypeScript('ChitinConfig');
  expect(text).toMatch(/^\/\*\* The configuration of the agent runtime\. \*\/\nexport interface ChitinConfig \{\n/);
  expect(text).toContain('  readonly state: string;\n');
  expect(text).toMatch(
    /readonly token: \{\n[^}]*readonly file: string;\n\s+\} \| \{\n[^}]*readonly env: string;\n\s+\};\n/,
  );
  expect(text).toContain('/** Model calls in one run. @default 20 */\n    readonly steps?: number | undefined;\n');
});
