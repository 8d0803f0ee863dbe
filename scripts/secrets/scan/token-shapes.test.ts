import { expect, test } from 'vitest';
import { knownSecrets } from './rule-set.ts';

/** Made up in the form of the real ones. They are put together here, since other scanners look at this file too. */
const text = (length: number, alphabet = 'aB3dE6gH1jK4mN7pQ0sT2vW5yZ8') =>
  Array.from({ length }, (_, index) => alphabet[(index * 7 + 3) % alphabet.length]).join('');
const hex = (length: number) => text(length, '0f1e2d3c4b5a6978');
const base58 = (length: number) => text(length, '1aB3dE6gH2jK4mN7pQ5sT9vW8yZ');
const bech32 = (length: number) => text(length, 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L');

const tokens: Readonly<Record<string, string>> = {
  'telegram-bot-token': `1234567890:${'AA'}${text(33)}`,
  'discord-bot-token': `M${text(23)}.${text(6)}.${text(38)}`,
  'discord-webhook': `discord.com/api/webhooks/123456789012345678/${text(68)}`,
  'slack-token': `${'xox'}b-123456789012-1234567890123-${text(24)}`,
  'slack-webhook': `hooks.slack.com/services/T00000000/B00000000/${text(24)}`,
  'matrix-token': `${'syt_'}${text(20)}_${text(20)}_${text(6)}`,
  'matrix-recovery-key': `Es${base58(46).replace(/.{4}/g, '$& ')}`.replace(/^(.{2}.{2})(.*)$/, (_, a, b) =>
    `${a}${b}`.replaceAll(' ', '').replace(/.{4}(?=.)/g, '$& '),
  ),
  'whatsapp-token': `EAA${text(160)}`,
  'anthropic-key': `sk-ant-api03-${text(93)}AA`,
  'openai-key': `sk-proj-${text(74)}`,
  'openrouter-key': `sk-or-v1-${hex(64)}`,
  'google-key': `AIza${text(35)}`,
  'google-oauth': `GOCSPX-${text(28)}`,
  'xai-key': `xai-${text(80)}`,
  'age-key': `AGE-SECRET-KEY-1${bech32(58)}`,
  'private-key': `-----BEGIN OPENSSH ${'PRIVATE'} KEY-----`,
  'json-web-token': `eyJ${text(30)}.eyJ${text(60)}.${text(43)}`,
  'registry-credential': '"auth": "ZGVtbzpkZW1vZGVtbw=="',
  'kubeconfig-credential': `client-key-data: ${text(60)}`,
};

test.each(Object.entries(tokens))('%s', async (id, token) => {
  const found = await knownSecrets('file.txt', `first line\nvalue: ${token}\n`);
  expect(found.map((each) => [each.id, each.line])).toEqual([[id, 2]]);
});

test.each([
  ['a GitHub token', `ghp_${text(36)}`],
  ['an AWS key', `AWS_SECRET_ACCESS_KEY = "${text(40)}"`],
  ['a password in an address', 'https://somebody:hunter22@git.example.test/repository.git'],
])('the rules of secretlint find %s', async (_, token) => {
  expect((await knownSecrets('file.txt', token)).length).toBe(1);
});

test('a comment in the file silences nothing', async () => {
  const silenced = `# secretlint-disable\nvalue: ${'xox'}b-123456789012-1234567890123-${text(24)}\n`;
  expect((await knownSecrets('file.yaml', silenced)).map(({ id, line }) => [id, line])).toEqual([['slack-token', 2]]);
});

test('what is public is not found', async () => {
  const open = [
    `age1${'q'.repeat(58)}`,
    `sha256:${hex(64)}`,
    '-----BEGIN CERTIFICATE-----',
    '-----BEGIN PUBLIC KEY-----',
    'task-sk-management-of-many-small-things-in-the-house',
    'ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]',
  ];
  expect(await knownSecrets('file.txt', open.join('\n'))).toEqual([]);
});
