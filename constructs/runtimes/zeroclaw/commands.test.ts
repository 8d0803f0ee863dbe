import { expect, test } from 'vitest';
import { commandFindings } from './commands.ts';
import { web } from './testing/wiring.ts';

const rules = (command: string) => commandFindings([command], web).map(({ rule }) => rule);
const anything = 'zeroclaw-command-runs-anything';
const reaches = 'zeroclaw-command-reaches-web';

test('what the list does not hold back, in whole', () => {
  expect(commandFindings(['kubectl', '/usr/bin/bash', 'curl', 'jq'], web)).toEqual([
    {
      rule: anything,
      message: 'runtime zeroclaw: kubectl, bash can run any program, past the list of commands',
      why: 'ZeroClaw checks the words of a command line, not what the program does: it could read the keys in the environment of the daemon, or command it over its socket.',
      help: 'Allow the programs themselves, or put a script into a skill: its absolute path is allowed by itself.',
    },
    {
      rule: reaches,
      message: 'runtime zeroclaw: kubectl, curl can reach the web without tool scrapling',
      why: "ZeroClaw's own web tools are off, but the shell opens any connection that the pod's fence allows.",
      help: 'Remove them, or accept it with the reason.',
    },
  ]);
});

test('without a tool in place of the web, the fence alone decides', () => {
  expect(commandFindings(['curl'], undefined)).toEqual([]);
  expect(commandFindings(['kubectl'], undefined).map(({ rule }) => rule)).toEqual([anything]);
});

test.each([
  'bash',
  '/bin/SH',
  'awk',
  'sed',
  'tar',
  'xargs',
  'make',
  'perl',
  'ruby',
  'php',
  'lua5.4',
  'node',
  'python3.13',
])('%s runs any program', (command) => {
  expect(rules(command)).toEqual([anything]);
});

test.each([
  'kubectl',
  'helm',
  'git',
  'npm',
  'npx',
  'uv',
  'uvx',
  'pip3',
  'docker',
  'podman',
  'ssh',
  'scp',
  'rsync',
  'nc',
  'ncat',
  'socat',
])('%s runs any program, and reaches the web', (command) => {
  expect(rules(command)).toEqual([anything, reaches]);
});

test.each(['curl', 'telnet', 'openssl'])('%s reaches the web', (command) => {
  expect(rules(command)).toEqual([reaches]);
});

// ZeroClaw refuses `find -exec` and any argument of `env`.
test.each(['env', 'find', 'jq', 'grep', '/opt/bin/report'])('%s is held back, or does neither', (command) => {
  expect(rules(command)).toEqual([]);
});
