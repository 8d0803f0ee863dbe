import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describe, protect, readSecret, redact } from './secrets.ts';
import { recordedLog, temporaryFolder } from './testing.ts';

test('a value that was read leaves in no form: plain, JSON, URL, base64', () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'key');
  const value = 'canary "quoted" / value';
  writeFileSync(file, `${value}\n`);
  expect(readSecret({ file })).toBe(value);
  const forms = [value, JSON.stringify(value), encodeURIComponent(value), Buffer.from(value).toString('base64')];
  expect(forms.map((form) => redact(`a ${form} b`)).join()).not.toMatch(/canary|Y2FuYXJ5/);
});

test('a credential that was obtained at run time leaves no more than one that was read', () => {
  expect(redact('a syt_run-time_canary b')).toBe('a syt_run-time_canary b');
  expect(protect('syt_run-time_canary')).toBe('syt_run-time_canary');
  expect(redact('a syt_run-time_canary b')).toBe('a [redacted] b');
  expect(protect('short')).toBe('short');
  expect(redact('a short b')).toBe('a short b');
});

test.each([
  '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----',
  '-----BEGIN PRIVATE KEY-----\nMIIE cut off',
  'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJl',
  `ghp_${'0123456789'.repeat(4)}`,
  `AGE-SECRET-KEY-1${'Q'.repeat(28)}`,
])('what looks like a credential goes: %s', (text) => {
  expect(redact(`a ${text} b`)).toMatch(/^a \[redacted\]( b)?$/);
});

test('errors name the file and the variable, not what is in them', () => {
  expect(() => readSecret({ file: '/nonexistent/key' })).toThrow(
    'the secret file /nonexistent/key cannot be read: ENOENT',
  );
  expect(() => readSecret({ env: 'NO_SUCH_VARIABLE' })).toThrow('the variable NO_SUCH_VARIABLE is empty');
});

test('an error is told by its message and causes, not by what was sent', () => {
  const error = Object.assign(new Error('Too many', { cause: new Error('inner') }), {
    statusCode: 429,
    requestBodyValues: { key: 'canary' },
    url: 'canary',
  });
  expect(describe(error)).toBe('Too many 429: inner');
});

test('log lines are redacted, errors reduced', () => {
  process.env.RUNTIME_TEST_SECRET = 'canary-0123456789';
  readSecret({ env: 'RUNTIME_TEST_SECRET' });
  const { log, lines, text } = recordedLog();
  log.info(
    { url: 'https://x/canary-0123456789/y', err: Object.assign(new Error('bad'), { responseBody: 'body' }) },
    'token canary-0123456789',
  );
  expect(text()).not.toContain('canary');
  expect(lines()[0]).toMatchObject({ level: 'info', err: 'bad', msg: 'token [redacted]' });
});
