/**
 * Debian's Alertmanager, the agent's whole program, and Telegram as telegram-test-api has it. `npm run peers`. Needs Linux, root
 * and apt-get, or the package in the cache folder; it is unpacked, not installed.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import telegramTestApi from 'telegram-test-api';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ConfigInput } from '../src/config.ts';
import { eventually } from '../src/testing.ts';
import { debianPackage } from './packages.ts';
import { freePort, PeerProgram } from './peer-program.ts';

// The package is CommonJS whose types speak of an ES module's default.
const TelegramServer = telegramTestApi as unknown as typeof telegramTestApi.default;

const token = '123456:canary-peer-telegram';
const bearer = 'canary-peer-webhook-0123456789';
let unpacked = '';
let missing: string | undefined;
let telegram: InstanceType<typeof TelegramServer>;
let model: LLMock;

beforeAll(async () => {
  const found = await debianPackage('prometheus-alertmanager');
  if (found instanceof Error) {
    missing = found.message;
    console.warn(`Alertmanager is not tried: ${missing}`);
  } else if (process.getuid?.() !== 0) {
    missing = 'it needs root to see its templates where it looks for them';
    console.warn(`Alertmanager is not tried: ${missing}`);
  } else unpacked = found;
  model = await LLMock.create({ port: 0 });
  telegram = new TelegramServer({ port: await freePort(), host: '127.0.0.1' });
  await telegram.start();
}, 200_000);
afterAll(async () => {
  await telegram?.stop();
  await model?.stop();
});

/** The agent's program, with a webhook for Alertmanager that answers in a Telegram chat. */
async function scene() {
  const folder = mkdtempSync(join(tmpdir(), 'peer-'));
  const [hooks, status] = [await freePort(), await freePort()];
  const secret = (name: string, value: string) => {
    writeFileSync(join(folder, name), `${value}\n`);
    return { file: join(folder, name) };
  };
  mkdirSync(join(folder, 'workspace'));
  const config: ConfigInput = {
    agent: { name: 'tried' },
    state: join(folder, 'state'),
    workspace: join(folder, 'workspace'),
    models: {
      providers: { local: { api: 'openai-compatible', baseUrl: `${model.url}/v1` } },
      chain: [{ provider: 'local', model: 'm' }],
      retrySeconds: [],
    },
    channels: {
      telegram: { token: secret('telegram', token), allow: ['7'], apiRoot: telegram.config.apiURL },
      webhook: {
        port: hooks,
        sources: {
          alerts: {
            format: 'alertmanager',
            auth: { kind: 'bearer', secret: secret('bearer', bearer) },
            prompt: 'Say what is wrong.',
            deliverTo: { channel: 'telegram', to: '70' },
          },
        },
      },
    },
    http: { host: '127.0.0.1', port: status },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const agent = async () => {
    const main = join(import.meta.dirname, '../src/main.ts');
    const program = new PeerProgram(process.execPath, [main, 'agent', '--config', join(folder, 'config.json')]);
    onTestFinished(() => program.end());
    await eventually(() => {
      program.alive();
      return program.output.includes('"ready"');
    });
    return program;
  };
  return { folder, hooks, agent };
}

/** Arguments of `unshare`: a command that sees the package's /usr/share below the machine's, since the path is compiled in. */
const inPlace = (folder: string) => [
  '--mount',
  'sh',
  '-c',
  'mount -t overlay overlay -o lowerdir="$0/usr/share:/usr/share" /usr/share && exec "$@"',
  folder,
];

/** Texts that the bot sent to the chat, as its user reads them; each is read once. */
async function reads(client: ReturnType<typeof telegram.getClient>): Promise<string> {
  const { result } = await client.getUpdates();
  return result.map((update) => (update as { message: { text: string } }).message.text).join('\n');
}

test('an operator writes on Telegram and reads the answer there; nobody else gets one', async () => {
  model.onMessage('are you there?', { content: 'I am.' });
  const { agent } = await scene();
  const program = await agent();
  const alice = telegram.getClient(token, { userId: 7, chatId: 70, timeout: 60_000 });
  const mallory = telegram.getClient(token, { userId: 8, chatId: 80, timeout: 60_000 });
  await mallory.sendMessage(mallory.makeMessage('are you there?'));
  await alice.sendMessage(alice.makeMessage('are you there?'));
  expect(await reads(alice)).toBe('I am.');
  expect(program.output).toContain('a stranger is not heard');
  expect(program.output).not.toContain('canary');
});

test('a real alert arrives although the agent was away, is data to the model, and is answered; so is its end', async (context) => {
  if (missing !== undefined) context.skip(missing);
  const { folder, hooks, agent } = await scene();
  model.onMessage(/DiskFull/, ({ messages }) => {
    const asked = String(messages.at(-1)?.content);
    const data = /<untrusted-[0-9a-f]{16} source="webhook">\n([\s\S]*)\n<\/untrusted-/.exec(asked)?.[1] ?? '';
    return { content: `${asked.split('\n')[0]} ${data.split('\n')[0]} ${/volume: .*/.exec(data)?.[0]}` };
  });
  const config = {
    route: {
      receiver: 'agent',
      group_by: ['alertname'],
      group_wait: '1s',
      group_interval: '1s',
      repeat_interval: '1h',
    },
    receivers: [
      {
        name: 'agent',
        webhook_configs: [
          {
            url: `http://127.0.0.1:${hooks}/hooks/alerts`,
            send_resolved: true,
            http_config: { authorization: { credentials_file: join(folder, 'bearer') } },
          },
        ],
      },
    ],
  };
  writeFileSync(join(folder, 'alertmanager.json'), JSON.stringify(config));
  const url = `http://127.0.0.1:${await freePort()}`;
  const program = new PeerProgram('unshare', [
    ...inPlace(unpacked),
    join(unpacked, 'usr/bin/prometheus-alertmanager'),
    `--config.file=${join(folder, 'alertmanager.json')}`,
    `--storage.path=${join(folder, 'alertmanager')}`,
    `--web.listen-address=${new URL(url).host}`,
    '--cluster.listen-address=',
    '--log.level=debug',
  ]);
  onTestFinished(() => program.end());
  await program.answers(`${url}/-/ready`);
  const alert = (endsAt?: string) =>
    fetch(`${url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([
        { labels: { alertname: 'DiskFull', volume: 'data-0' }, annotations: {}, ...(endsAt && { endsAt }) },
      ]),
    });
  expect((await alert()).status).toBe(200);
  await eventually(() => /attempt failed, will retry/i.test(program.output));
  const running = await agent();
  const alice = telegram.getClient(token, { userId: 7, chatId: 70, timeout: 60_000 });
  expect(await reads(alice)).toBe('Say what is wrong. firing: 1 alerts volume: data-0');
  await alert(new Date(Date.now() - 1000).toISOString());
  expect(await reads(alice)).toBe('Say what is wrong. resolved: 1 alerts volume: data-0');
  expect(running.output).not.toContain('canary');
});
