/**
 * The agent's MCP client and the real kubernetes-mcp-server, read-only, on the cluster of $KUBECONFIG. `npm run peers`. Needs
 * npm, or its packages in the cache folder.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type ConfigInput, parseConfig } from '../src/config.ts';
import { openMcp } from '../src/mcp.ts';
import { callTool, recordedLog } from '../src/testing.ts';
import type { Toolbox } from '../src/tool.ts';
import { npmPackages } from './packages.ts';
import { freePort, PeerProgram } from './peer-program.ts';

type McpInput = NonNullable<NonNullable<ConfigInput['tools']>['mcp']>[string];

const folder = mkdtempSync(join(tmpdir(), 'kubernetes-mcp-'));
let server: PeerProgram | undefined;
let url = '';
let missing: string | undefined;

beforeAll(async () => {
  const packages = await npmPackages();
  const { KUBECONFIG } = process.env;
  if (packages instanceof Error) missing = packages.message;
  else if (process.platform !== 'linux' || process.arch !== 'x64') missing = 'the program is the one for Linux on x64';
  else if (KUBECONFIG === undefined) missing = 'KUBECONFIG names no cluster';
  else {
    const name = 'kubernetes-mcp-server-linux-amd64';
    const config = join(folder, 'config.toml');
    writeFileSync(config, 'denied_resources = [{ group = "", version = "v1", kind = "Secret" }]\n');
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    server = new PeerProgram(join(packages, name, 'bin', name), [
      ...['--config', config, '--kubeconfig', KUBECONFIG, '--bind-address', '127.0.0.1', '--port', String(port)],
      ...['--read-only', '--stateless', '--disable-multi-cluster'],
    ]);
    await server.answers(`${url}/healthz`);
  }
  if (missing !== undefined) console.warn(`kubernetes-mcp-server is not tried: ${missing}`);
}, 400_000);
afterAll(async () => {
  await server?.end();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach((context) => {
  if (missing !== undefined) context.skip(missing);
});

async function open(tools: McpInput['tools']): Promise<Toolbox> {
  const config = parseConfig({
    agent: { name: 'a' },
    state: '/s',
    workspace: '/w',
    models: { providers: { m: { api: 'openai-compatible', baseUrl: url } }, chain: [{ provider: 'm', model: 'm' }] },
    tools: { mcp: { cluster: { url: `${url}/mcp`, tools } } },
  });
  const box = await openMcp(config.tools.mcp, recordedLog().log);
  onTestFinished(() => box.close?.());
  return box;
}

test('reads the cluster with the tools that are allowed, and no other is offered', async () => {
  const box = await open({ namespaces_list: {}, resources_list: {} });
  expect(box.problems?.()).toEqual([]);
  expect(box.tools().map(({ name }) => name)).toEqual(['cluster_namespaces_list', 'cluster_resources_list']);
  expect(await callTool(box, 'cluster_namespaces_list', {})).toContain('kube-system');
});

test('a tool that writes is not there, also when it is allowed', async () => {
  const box = await open({ namespaces_list: {}, pods_delete: {}, resources_create_or_update: {} });
  expect(box.tools().map(({ name }) => name)).toEqual(['cluster_namespaces_list']);
  expect(box.problems?.()).toEqual([
    'mcp cluster: there is no tool pods_delete',
    'mcp cluster: there is no tool resources_create_or_update',
  ]);
});

test('Secrets, which the server is told to deny, are a failure that the model can read', async () => {
  const box = await open({ resources_list: {} });
  await expect(callTool(box, 'cluster_resources_list', { apiVersion: 'v1', kind: 'Secret' })).rejects.toThrow(
    /not allowed.*Secret/,
  );
});

test('a pinned tool that is another one is withheld', async () => {
  const box = await open({ namespaces_list: { sha256: '0'.repeat(64) } });
  expect(box.tools()).toEqual([]);
  expect(box.problems?.()).toEqual([
    expect.stringMatching(
      /^mcp cluster: tool namespaces_list is withheld: description or schema differ, sha256 [0-9a-f]{64}$/,
    ),
  ]);
});
