/**
 * The real Scrapling MCP server, run by the command that the constructs put into a pod, under what Pod Security
 * "restricted" allows. Needs Linux, root, util-linux, iproute2, python3 with venv, and a package index for pip; or an
 * environment in which `scrapling[ai]` of the pinned version is installed, in $SCRAPLING_VENV.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, type TestContext, test, vi } from 'vitest';
import { scrapling } from '../constructs/tools/scrapling.ts';
import {
  SCRAPLING_PATH,
  SCRAPLING_TOKEN_VARIABLE,
  SCRAPLING_VERSION,
  type ScraplingCommand,
  scraplingCommand,
} from '../constructs/tools/scrapling-command.ts';
import { type Environment, makeEnvironment } from './scrapling/environment.ts';
import type { Answer, Request } from './scrapling/request.ts';
import { IMAGE_PATH, Restricted } from './scrapling/restricted.ts';

// Bounds for a machine that hangs, not expectations of speed.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let environment: Environment | undefined;
let missing = '';

beforeAll(async () => {
  const made = await makeEnvironment();
  if (typeof made === 'string') {
    missing = made;
    console.warn(`Scrapling is not tested: ${missing}`);
  } else environment = made;
}, 600_000);

afterAll(() => environment?.remove());

const skipWhenMissing = (context: TestContext) => {
  if (missing !== '') context.skip(missing);
};

function start({ command, files }: Omit<ScraplingCommand, 'probe'>, secrets: Record<string, string> = {}): Restricted {
  if (environment === undefined) throw new Error(missing);
  return new Restricted({ ...environment, command, env: secrets, files });
}

/** A JSON-RPC message over streamable HTTP, as MCP clients send it. */
function message(host: string, method: string, params: object, headers: Record<string, string> = {}): Request {
  const accept = 'application/json, text/event-stream';
  return {
    url: `http://${host}${SCRAPLING_PATH}`,
    method: 'POST',
    headers: { accept, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  };
}

const initialize = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'test', version: '1' },
};

/** The result of an answer, which comes as one server-sent event. */
function result(answer: Answer | undefined) {
  const data = /^data: (.*)$/m.exec(answer?.body ?? '')?.[1];
  if (answer?.status !== 200 || data === undefined) throw new Error(`no result: ${JSON.stringify(answer)}`);
  return JSON.parse(data).result;
}

/** Text of a tool's answer when it failed, with its structured content when it did not. */
function outcome(answer: Answer | undefined): unknown {
  const { isError, content, structuredContent } = result(answer);
  return isError === true ? content[0].text : structuredContent;
}

const page = (path: string) => ({
  status: 200,
  content: [`Page ${path}\n${'='.repeat(path.length + 5)}\n\nvisible`, ''],
  url: `http://192.0.2.1${path}`,
});

const OWN = 'Error executing tool get: addresses of this pod and of its link are not fetched';
const SCHEME = 'Error executing tool get: only http and https URLs without credentials are fetched';

describe('as a sidecar', () => {
  const sidecar = scraplingCommand({ host: '127.0.0.1', port: 8000, tools: ['get', 'bulk_get'] });
  const host = '127.0.0.1:8000';
  let server: Restricted;

  const call = async (...calls: { name: string; arguments: object }[]) =>
    (
      await server.request(
        'pod',
        calls.map((one) => message(host, 'tools/call', one)),
      )
    ).map(outcome);
  const get = (...urls: string[]) => call(...urls.map((url) => ({ name: 'get', arguments: { url } })));

  beforeAll(async () => {
    if (missing !== '') return;
    server = start(sidecar);
    await server.ready(sidecar.probe);
    await server.connect();
  });
  afterAll(() => server?.dispose());
  beforeEach(skipWhenMissing);

  test('starts without a network, and says what it offers', () => {
    expect(server.log).toBe(`scrapling ${SCRAPLING_VERSION} offers bulk_get get\n`);
  });

  test('runs as nobody, without capabilities, from exactly the command and variables given', () => {
    const status = Object.fromEntries(
      server
        .proc('status')
        .split('\n')
        .map((line) => line.split(/:\s*/, 2) as [string, string]),
    );
    expect(status).toMatchObject({
      Uid: '65534\t65534\t65534\t65534',
      Gid: '65534\t65534\t65534\t65534',
      Groups: '',
      NSpid: `${server.pid}\t1`,
      NoNewPrivs: '1',
      CapInh: '0000000000000000',
      CapPrm: '0000000000000000',
      CapEff: '0000000000000000',
      CapBnd: '0000000000000000',
      CapAmb: '0000000000000000',
    });
    expect(server.proc('cmdline').split('\0').slice(0, -1)).toEqual(sidecar.command);
    expect(server.proc('environ').split('\0').slice(0, -1)).toEqual([`PATH=${IMAGE_PATH}`]);
  });

  test('has no writable file system', () => {
    const mounts = server
      .proc('mountinfo')
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    const writable = mounts.filter((mount) => mount[5]?.split(',')[0] !== 'ro').map((mount) => mount[4]);
    expect(mounts.find((mount) => mount[4] === '/')?.[5]).toMatch(/^ro,/);
    expect(writable.toSorted()).toEqual(['/dev/null', '/dev/random', '/dev/urandom', '/dev/zero', '/proc']);
  });

  test('offers the allowed tools with the options that cannot widen a request', async () => {
    const [welcome, list] = await server.request('pod', [
      message(host, 'initialize', initialize),
      message(host, 'tools/list', {}),
    ]);
    expect(result(welcome).serverInfo).toMatchObject({ name: 'scrapling', version: SCRAPLING_VERSION });
    const tools = result(list).tools.map((tool: { name: string; inputSchema: { properties: object } }) => [
      tool.name,
      Object.keys(tool.inputSchema.properties),
    ]);
    expect(tools).toEqual([
      ['get', ['url', 'extraction_type', 'css_selector']],
      ['bulk_get', ['urls', 'extraction_type', 'css_selector']],
    ]);
  });

  test('fetches pages, without what they hide', async () => {
    const urls = ['http://192.0.2.1/a', 'http://192.0.2.1/b'];
    expect(
      await call(
        { name: 'get', arguments: { url: urls[0] } },
        { name: 'bulk_get', arguments: { urls } },
        { name: 'get', arguments: { url: urls[0], extraction_type: 'html', css_selector: 'p' } },
      ),
    ).toEqual([
      page('/a'),
      { result: [page('/a'), page('/b')] },
      { ...page('/a'), content: ['<p class="shown">visible</p>', ''] },
    ]);
  });

  test('knows no other tool of Scrapling', async () => {
    const sessions = ['open_session', 'close_session', 'list_sessions'];
    const browser = ['fetch', 'bulk_fetch', 'stealthy_fetch', 'bulk_stealthy_fetch', 'screenshot'];
    const names = [...sessions, ...browser];
    expect(await call(...names.map((name) => ({ name, arguments: { url: 'http://192.0.2.1/' } })))).toEqual(
      names.map((name) => `Unknown tool: ${name}`),
    );
  });

  test('reads no files, speaks no other protocol, sends no credentials', async () => {
    const urls = ['file:///proc/self/environ', 'dict://192.0.2.1:80/a', 'gopher://192.0.2.1/_a', '192.0.2.1/a'];
    urls.push('http://user:word@192.0.2.1/', 'http://127.0.0.1:8000\\@192.0.2.1/', 'http:/127.0.0.1:8000/');
    expect(await get(...urls)).toEqual(urls.map(() => SCHEME));
  });

  test('does not reach the pod itself, nor cloud metadata, by any spelling', async () => {
    const hosts = [host, 'localhost:8000', '192.0.2.2:8000', '0.0.0.0:8000', '2130706433:8000', '0x7f.1:8000'];
    hosts.push('[::1]:8000', '[::ffff:127.0.0.1]:8000', '①②⑦.0.0.1:8000', '169.254.169.254', '[fe80::1]');
    expect(await get(...hosts.map((one) => `http://${one}/`))).toEqual(hosts.map(() => OWN));
  });

  test('follows redirects, but neither to private networks nor back to the pod', async () => {
    const to = (url: string) => `http://192.0.2.1/to?${url}`;
    const rejected = (address: string) => expect.stringContaining(`Redirect to internal IP ${address} rejected`);
    expect(
      await get(
        ...['http://192.0.2.1/a', `http://${host}/`, 'http://10.0.0.1/', 'http://169.254.169.254/'].map(to),
        ...['http://0.0.0.0:8000/', 'http://[::ffff:127.0.0.1]:8000/'].map(to),
      ),
    ).toEqual([page('/a'), ...['127.0.0.1', '10.0.0.1', '169.254.169.254'].map(rejected), OWN, OWN]);
  });

  test('ignores options that it does not offer', async () => {
    const url = 'http://192.0.2.1/to?http://10.0.0.1/';
    const options = { url, follow_redirects: true, proxy: 'http://192.0.2.1:80', main_content_only: false };
    expect(await call({ name: 'get', arguments: options })).toEqual([
      expect.stringContaining('Redirect to internal IP'),
    ]);
  });

  test('explains a failure in one line, and does not return more than a client takes', async () => {
    expect(await get('http://192.0.2.1:1/', 'http://192.0.2.1/long', 'http://192.0.2.1:99999/')).toEqual([
      expect.stringContaining('Could not connect to server'),
      expect.stringContaining('longer than 200000 characters'),
      'Error executing tool get: not a URL',
    ]);
  });

  test('answers neither the network, nor other host names, nor browsers', async () => {
    expect(await server.request('site', [message('192.0.2.2:8000', 'tools/list', {})])).toEqual([
      { status: 0, body: '', error: 'ECONNREFUSED' },
    ]);
    const rebound = message(host, 'tools/list', {}, { host: 'example.com:8000' });
    const browser = message(host, 'tools/list', {}, { origin: `http://${host}` });
    expect((await server.request('pod', [rebound, browser])).map((answer) => answer.status)).toEqual([421, 403]);
  });

  test('ends when told to, while a fetch and a stream are open', async () => {
    const slow = message(host, 'tools/call', { name: 'get', arguments: { url: 'http://192.0.2.1/slow' } });
    const stream: Request = { ...slow, method: 'GET', headers: { accept: 'text/event-stream' } };
    const open = [slow, stream].map((one) => server.request('pod', [one]));
    const established = () =>
      server
        .proc('net/tcp')
        .split('\n')
        .filter((line) => / 0100007F:1F40 \w+:\w+ 01 /.test(line));
    await expect.poll(() => established().length, { timeout: 20_000 }).toBe(2);
    expect(await server.terminate()).toBe(0);
    await Promise.all(open);
  });
});

describe('in a pod of its own', () => {
  const host = '192.0.2.2:8000';
  const pod = scraplingCommand({
    host: '0.0.0.0',
    port: 8000,
    tools: ['get'],
    allowedHosts: [host, 'web.tools.svc:8000'],
  });
  const token = 'a-token-that-nobody-guesses';
  let server: Restricted;

  beforeAll(async () => {
    if (missing !== '') return;
    server = start(pod, { [SCRAPLING_TOKEN_VARIABLE]: token });
    await server.ready(pod.probe);
    await server.connect();
  });
  afterAll(() => server?.dispose());
  beforeEach(skipWhenMissing);

  test('does not start without a token', async () => {
    const open = start(pod);
    onTestFinished(() => open.dispose());
    expect([await open.exited, open.log]).toEqual([
      1,
      `${SCRAPLING_TOKEN_VARIABLE} is empty: refusing to listen on 0.0.0.0\n`,
    ]);
  });

  test('answers only with the token, under its own names', async () => {
    const list = (headers: Record<string, string>) => message(host, 'tools/list', {}, headers);
    const authorization = `Bearer ${token}`;
    const answers = await server.request('site', [
      list({}),
      list({ authorization: 'Bearer wrong' }),
      list({ authorization: token }),
      { url: `http://${host}/`, method: 'GET', headers: {} },
      list({ authorization, host: 'example.com:8000' }),
      list({ authorization }),
      list({ authorization, host: 'web.tools.svc:8000' }),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401, 401, 421, 200, 200]);
    expect(result(answers[5]).tools.map((tool: { name: string }) => tool.name)).toEqual(['get']);
  });

  test('fetches, but not from itself, and logs what it fetched but no token', async () => {
    const urls = ['http://192.0.2.1/a', `http://${host}/`, `http://192.0.2.1/to?http://${host}/`];
    const authorization = `Bearer ${token}`;
    const calls = urls.map((url) =>
      message(host, 'tools/call', { name: 'get', arguments: { url } }, { authorization }),
    );
    expect((await server.request('site', calls)).map(outcome)).toEqual([page('/a'), OWN, OWN]);
    expect(server.log).toContain('INFO: Fetched (200) <GET http://192.0.2.1/a>');
    expect(server.log).not.toContain(token);
    expect(server.proc('cmdline')).not.toContain(token);
  });

  test('is alive for the probe, which fails once it has ended', async () => {
    expect(await server.exec(pod.probe)).toBe(0);
    expect(await server.exec([...pod.probe.slice(0, -1), '8001'])).toBe(1);
  });
});

describe("upstream's own server, as scrapling({ browser: true }) runs it", () => {
  const tool = scrapling({ browser: true });
  const { container, endpoint } = tool.plan({
    place: 'pod',
    host: 'web.tools.svc',
    kubernetes: '1.36',
    secret: ({ name }, key) => ({ secret: name, key }),
  });
  const { command = [], probes } = container ?? {};
  const probe = [...(probes?.liveness && 'exec' in probes.liveness ? probes.liveness.exec : [])];
  const token = 'a-token-that-nobody-guesses';
  const authorization = `Bearer ${token}`;
  let server: Restricted;

  beforeAll(async () => {
    if (missing !== '') return;
    // In front, since the script of an environment names the interpreter where it was made, which in the image is this one.
    const script = ['/app/.venv/bin/python', ...command];
    server = start({ command: script, files: [] }, { [SCRAPLING_TOKEN_VARIABLE]: token });
    await server.ready(probe);
    await server.connect();
  });
  afterAll(() => server?.dispose());
  beforeEach(skipWhenMissing);

  test('it answers at the address and path of the endpoint, with the token, and offers the tools that runtimes allow', async () => {
    if (endpoint.kind !== 'mcp') throw new Error('not an MCP server');
    const { host, port, pathname } = new URL(endpoint.url);
    const post = (method: string, params: object, headers: Record<string, string>): Request => ({
      ...message(host, method, params, { host, ...headers }),
      url: `http://192.0.2.2:${port}${pathname}`,
    });
    const answers = await server.request('site', [
      post('initialize', initialize, { authorization }),
      post('initialize', initialize, {}),
      post('initialize', initialize, { authorization, host: 'example.com:8000' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 421]);
    expect(result(answers[0]).serverInfo.name).toBe('Scrapling');
    const session = { authorization, 'mcp-session-id': answers[0]?.session ?? '' };
    const [list] = await server.request('site', [post('tools/list', {}, session)]);
    const names = result(list).tools.map((each: { name: string }) => each.name);
    expect(names.toSorted()).toEqual(tool.tools.toSorted());
  });

  test('the probe says that it is alive, and the token is not in its arguments', async () => {
    expect(await server.exec(probe)).toBe(0);
    expect(server.proc('cmdline').split('\0').slice(1, -1)).toEqual(command);
    expect(server.proc('cmdline')).not.toContain(token);
    expect(server.log).not.toContain(token);
  });
});

test('the command holds nothing that Kubernetes or Flux would substitute', () => {
  const { command, probe } = scraplingCommand({ host: '127.0.0.1', port: 8000, tools: ['get'] });
  expect([...command, ...probe].filter((word) => /\$[({]/.test(word))).toEqual([]);
});
