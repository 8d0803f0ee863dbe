/**
 * The official MCP conformance suite, client scenarios, with the agent's own MCP client. `npm run peers`. Needs npm, or its
 * packages in the cache folder.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { npmPackages } from './packages.ts';

const run = promisify(execFile);
const results = mkdtempSync(join(tmpdir(), 'conformance-'));
let suite = '';
let missing: string | undefined;

beforeAll(async () => {
  const packages = await npmPackages();
  if (packages instanceof Error) {
    missing = packages.message;
    console.warn(`The MCP conformance suite is not run: ${missing}`);
  } else suite = join(packages, '@modelcontextprotocol/conformance/dist/index.js');
}, 400_000);
afterAll(() => rmSync(results, { recursive: true, force: true }));
beforeEach((context) => {
  if (missing !== undefined) context.skip(missing);
});

const applies = ['initialize', 'tools_call', 'sse-retry'];
/** Scenarios that do not apply, by the beginning of their names, and why. */
const apart: readonly [prefix: string, reason: string][] = [
  ['auth/', 'the agent does no OAuth: a server gets the fixed header that the configuration names, or none'],
  ['elicitation-', 'the agent has no elicitation: a server cannot ask the operator for anything'],
];

interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'INFO' | 'SKIPPED';
  readonly errorMessage?: string;
}

test.each(applies)('scenario %s passes', async (scenario) => {
  const output = join(results, scenario);
  const client = `${process.execPath} ${join(import.meta.dirname, 'mcp-client.ts')}`;
  const { stdout } = await run(process.execPath, [
    suite,
    ...['client', '--command', client, '--scenario', scenario, '--timeout', '60000', '--output-dir', output],
  ]).catch((error: { stdout: string; stderr: string }) => {
    throw new Error(`${error.stdout}\n${error.stderr}`);
  });
  const [folder = ''] = readdirSync(output);
  const checks = JSON.parse(readFileSync(join(output, folder, 'checks.json'), 'utf8')) as Check[];
  const verdicts = checks.filter(({ status }) => status !== 'INFO');
  expect(verdicts.length, stdout).toBeGreaterThan(0);
  // A late reconnection is a warning, of a machine that is busy.
  const bad = verdicts.filter(({ id, status }) => status !== 'SUCCESS' && id !== 'client-sse-retry-timing');
  expect(bad.map(({ id, errorMessage }) => `${id}: ${errorMessage}`)).toEqual([]);
});

test('every other client scenario of the suite is one that does not apply', async () => {
  const { stdout } = await run(process.execPath, [suite, 'list']);
  const clients = stdout.slice(stdout.indexOf('Client scenarios'));
  const others = [...clients.matchAll(/^ {2}- (\S+)/gm)]
    .map(([, name]) => name as string)
    .filter((name) => !applies.includes(name));
  const unexplained = others.filter((name) => !apart.some(([prefix]) => name.startsWith(prefix)));
  expect(unexplained).toEqual([]);
  for (const [prefix, reason] of apart)
    console.log(
      `${others.filter((name) => name.startsWith(prefix)).length} scenarios ${prefix}* are left out: ${reason}`,
    );
});
