import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { image } from '../images.ts';
import { mark, renderedConfig, renderScript } from './rendered-config.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rendered-'));
  writeFileSync(join(folder, 'render.sh'), renderScript);
});

afterAll(() => rmSync(folder, { recursive: true }));

const files = () => ['render.sh', 'template', 'file'].map((name) => join(folder, name));

function render(text: string, secrets: Record<string, string>): string {
  writeFileSync(join(folder, 'template'), text);
  // An empty PATH: no other program may be needed.
  execFileSync('/bin/sh', [...files(), ...Object.keys(secrets)], { env: { PATH: '', LC_ALL: 'C', ...secrets } });
  return readFileSync(join(folder, 'file'), 'utf8');
}

test('each mark becomes its secret, and everything else stays as it is', () => {
  const text = `{\n  "a": "${mark('A')}",\n\t"b": "Bearer ${mark('B')} ${mark('A')}${mark('A')}",\n  "c": "\\\\ $A \${A} \`id\` @@C@@ * %s é"\n\n}`;
  expect(render(text, { A: 'sk-ant_1.2~3+4/5=:', B: '0'.repeat(64) })).toBe(
    `{\n  "a": "sk-ant_1.2~3+4/5=:",\n\t"b": "Bearer ${'0'.repeat(64)} sk-ant_1.2~3+4/5=:sk-ant_1.2~3+4/5=:",\n  "c": "\\\\ $A \${A} \`id\` @@C@@ * %s é"\n\n}\n`,
  );
  expect(statSync(join(folder, 'file')).mode & 0o777).toBe(0o600);
});

test('a template without marks is copied', () => {
  expect(render('{}\n', {})).toBe('{}\n');
});

test.each(['', 'a"b', 'a\\b', 'a\nb', 'token\n', 'a b', 'a$b', '@@B@@', 'é'])(
  'secret %j is refused, and not repeated',
  (value) => {
    writeFileSync(join(folder, 'template'), mark('KEY'));
    rmSync(join(folder, 'file'), { force: true });
    const { status, stdout, stderr } = spawnSync('/bin/sh', [...files(), 'KEY'], {
      encoding: 'utf8',
      env: { LC_ALL: 'C', KEY: value },
    });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'the secret in KEY is empty, or holds something else than letters, digits and . _ ~ + / = : - (a line end?)\n',
    });
    expect(() => statSync(join(folder, 'file'))).toThrow('ENOENT');
  },
);

test('a variable that is not there is refused', () => {
  const { status, stderr } = spawnSync('/bin/sh', [...files(), 'KEY'], { encoding: 'utf8', env: {} });
  expect([status, stderr]).toEqual([1, expect.stringContaining('the secret in KEY is empty')]);
});

test('the container has the secrets in its environment, and their names alone in its arguments', () => {
  const config = renderedConfig({
    file: 'config.json',
    text: mark('KEY'),
    secrets: { KEY: { secret: 'claw-openai', key: 'api-key' } },
    image: image('registry.example.org/program:1'),
    user: { uid: 1000, gid: 1000 },
  });
  expect(config.init.command).toEqual([
    '/bin/sh',
    '/var/run/chitin/template/render.sh',
    '/var/run/chitin/template/config.json',
    '/var/run/chitin/rendered/config.json',
    'KEY',
  ]);
  expect(config.init.env).toEqual({ LC_ALL: 'C', KEY: { secret: 'claw-openai', key: 'api-key' } });
  expect(config.init.mounts).toEqual([
    { volume: 'template', path: '/var/run/chitin/template' },
    { volume: 'rendered', path: '/var/run/chitin/rendered' },
  ]);
  expect(config.folder).toEqual({ name: 'template', files: { 'config.json': '@@KEY@@', 'render.sh': renderScript } });
  expect(config.shared).toMatchObject({ name: 'rendered', memory: true });
  expect(config.mount('/etc/program.json')).toEqual({
    volume: 'rendered',
    path: '/etc/program.json',
    subPath: 'config.json',
    readOnly: true,
  });
});
