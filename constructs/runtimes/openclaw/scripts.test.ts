import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { folder } from '../../testing/folder.ts';

const script = (name: string) => join(import.meta.dirname, `scripts/${name}.mjs`);

describe('config.mjs', () => {
  /** Runs the script on a mounted file and what is there; undefined for nothing. */
  function put(mode: string, ours: string, theirs?: string) {
    const root = folder({
      'etc/openclaw.json': ours,
      'state/kept': '',
      ...(theirs ? { 'state/live.json': theirs } : {}),
    });
    const live = join(root, 'state/live.json');
    const { status, stderr } = spawnSync(
      process.execPath,
      [script('config'), mode, join(root, 'etc/openclaw.json'), live],
      {
        encoding: 'utf8',
      },
    );
    return { status, stderr: stderr.replaceAll(root, ''), live, text: () => readFileSync(live, 'utf8') };
  }

  test.each(['seed', 'merge', 'overwrite'])('%s writes the file when there is none, for its owner alone', (mode) => {
    const { status, live, text } = put(mode, '{"a":1}\n');
    expect([status, text(), statSync(live).mode & 0o777]).toEqual([0, '{"a":1}\n', 0o600]);
  });

  test('seed leaves what is there', () => {
    expect(put('seed', '{"a":1}', '{ not even: JSON').text()).toBe('{ not even: JSON');
  });

  test('overwrite replaces what is there', () => {
    expect(put('overwrite', '{"a":1}', '{"b":2}').text()).toBe('{"a":1}');
  });

  test('merge: ours wins key by key, lists are one value, and what is not ours stays', () => {
    const ours = { gateway: { bind: 'lan', auth: { mode: 'token' } }, channels: { telegram: { allowFrom: ['1'] } } };
    const theirs = {
      gateway: { bind: 'loopback', port: 1, auth: { mode: 'none', extra: true } },
      channels: { telegram: { allowFrom: ['2', '3'] } },
      meta: { lastTouchedVersion: 'x' },
    };
    const { status, text } = put('merge', JSON.stringify(ours), JSON.stringify(theirs));
    expect(status).toBe(0);
    expect(JSON.parse(text())).toEqual({
      gateway: { bind: 'lan', port: 1, auth: { mode: 'token', extra: true } },
      channels: { telegram: { allowFrom: ['1'] } },
      meta: { lastTouchedVersion: 'x' },
    });
  });

  test('merge: a key of another form is ours, and no key reaches a prototype', () => {
    const { text } = put('merge', '{"a":{"b":1},"c":[1]}', '{"a":[1],"c":{"d":1},"__proto__":{"polluted":1}}');
    expect(JSON.parse(text())).toEqual(JSON.parse('{"a":{"b":1},"c":[1],"__proto__":{"polluted":1}}'));
  });

  test('merge ends at a file that is no JSON, leaves it, and does not repeat it', () => {
    const { status, stderr, text } = put('merge', '{"a":1}', '{ token: hunter2');
    expect([status, stderr]).toEqual([
      1,
      '/state/live.json is not JSON, so nothing is merged into it. Mend it, or remove it to start anew.\n',
    ]);
    expect(text()).toBe('{ token: hunter2');
  });

  test('another mode is refused', () => {
    expect(put('sed', '{"a":1}', '{}').status).toBe(1);
  });
});

test('folders.mjs makes folders for their owner alone, and leaves those that are there', () => {
  const root = folder({ 'home/kept': 'x' });
  execFileSync(process.execPath, [script('folders'), join(root, 'home'), join(root, 'executor/workspace')]);
  expect(statSync(join(root, 'executor/workspace')).mode & 0o777).toBe(0o700);
  expect(readFileSync(join(root, 'home/kept'), 'utf8')).toBe('x');
});

describe('plugins.mjs', () => {
  /** Runs the script with an `openclaw` on the path that writes down its arguments, and ends as told. */
  function install(root: string, packages: readonly string[], status = 0) {
    mkdirSync(join(root, 'bin'), { recursive: true });
    writeFileSync(join(root, 'bin/openclaw'), `#!/bin/sh\necho "$*" >> ${root}/calls\nexit ${status}\n`);
    chmodSync(join(root, 'bin/openclaw'), 0o755);
    const { status: ended, stderr } = spawnSync(
      process.execPath,
      [script('plugins'), join(root, 'list'), ...packages],
      {
        encoding: 'utf8',
        env: { PATH: `${join(root, 'bin')}:${process.env.PATH}` },
      },
    );
    return { ended, stderr };
  }
  const calls = (root: string) => readFileSync(join(root, 'calls'), 'utf8').trimEnd().split('\n');
  const call = (name: string) => `plugins install npm:${name} --force --pin`;

  test('installs each package once', () => {
    const root = folder({ x: '' });
    const slack = '@openclaw/slack@2026.9.6';
    expect(install(root, [slack]).ended).toBe(0);
    expect(install(root, [slack]).ended).toBe(0);
    expect(calls(root)).toEqual([call(slack)]);
    expect(install(root, ['@openclaw/slack@2026.10.1', '@openclaw/matrix@2026.10.1']).ended).toBe(0);
    expect(calls(root).slice(1)).toEqual([call('@openclaw/slack@2026.10.1'), call('@openclaw/matrix@2026.10.1')]);
  });

  test('ends with the first that fails, and tries again at the next start', () => {
    const root = folder({ x: '' });
    const slack = '@openclaw/slack@2026.9.6';
    expect(install(root, [slack, 'other'], 3)).toEqual({ ended: 1, stderr: `${slack} was not installed\n` });
    expect(install(root, [slack]).ended).toBe(0);
    expect(calls(root)).toEqual([call(slack), call(slack)]);
  });
});

describe('forwarder.mjs', () => {
  /** Starts the forwarder before a server; the base URL of the forwarder. */
  async function forwarder(server: Server): Promise<string> {
    const target = await listening(server);
    // A port that was free a moment ago.
    const other = createTcpServer();
    const port = await listening(other);
    other.close();
    const child = spawn(process.execPath, [script('forwarder'), `${port}`, `${target}`], { stdio: 'pipe' });
    onTestFinished(async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
      server.closeAllConnections();
      server.close();
    });
    await once(child.stdout, 'data');
    return `http://127.0.0.1:${port}`;
  }

  async function listening(server: {
    listen(port: number, host: string): unknown;
    address(): unknown;
  }): Promise<number> {
    server.listen(0, '127.0.0.1');
    await once(server as unknown as NodeJS.EventEmitter, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** A server that answers with the headers that it got, names in lowercase. */
  const mirror = () => createServer((incoming, answer) => answer.end(JSON.stringify(incoming.headers)));

  async function headersAt(base: string, headers: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    return (await fetch(base, { headers })).json() as Promise<Record<string, string>>;
  }

  test('everything that was said about the client goes, and one header comes', async () => {
    const base = await forwarder(mirror());
    const headers = await headersAt(base, {
      Forwarded: 'for=1.2.3.4',
      'X-Forwarded-For': '6.6.6.6, 198.51.100.9',
      'X-Forwarded-Host': 'a',
      'X-Forwarded-Port': '1',
      'X-Forwarded-Proto': 'b',
      'X-Forwarded-Server': 'c',
      'X-Real-Ip': '5.5.5.5',
      Authorization: 'Bearer token',
      Cookie: 'a=b',
    });
    expect(Object.keys(headers).filter((name) => /forwarded|real-ip/.test(name))).toEqual(['x-forwarded-for']);
    expect(headers).toMatchObject({
      'x-forwarded-for': '198.51.100.9',
      authorization: 'Bearer token',
      cookie: 'a=b',
      host: base.slice('http://'.length),
    });
  });

  test.each(['', 'unknown', '127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1', '198.51.100.9, ', '0.0.0.0', '[::1]'])(
    'a client that is said to be "%s" is the one that is connected',
    async (said) => {
      const base = await forwarder(mirror());
      expect(await headersAt(base, { 'X-Forwarded-For': said })).toMatchObject({ 'x-forwarded-for': '127.0.0.1' });
    },
  );

  test('without any header of a proxy, the header comes as well', async () => {
    expect(await headersAt(await forwarder(mirror()), {})).toMatchObject({ 'x-forwarded-for': '127.0.0.1' });
  });

  test('IPv6 and mapped IPv4 clients', async () => {
    const base = await forwarder(mirror());
    expect((await headersAt(base, { 'X-Forwarded-For': '2001:db8::9' }))['x-forwarded-for']).toBe('2001:db8::9');
    expect((await headersAt(base, { 'X-Forwarded-For': '::ffff:198.51.100.9' }))['x-forwarded-for']).toBe(
      '198.51.100.9',
    );
  });

  test('method, path, body, status and headers of the answer pass as they are', async () => {
    const server = createServer(async (incoming, answer) => {
      let body = '';
      for await (const part of incoming) body += part;
      answer.writeHead(
        418,
        'Teapot',
        [
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
        ].flat(),
      );
      answer.end(`${incoming.method} ${incoming.url} ${body}`);
    });
    const base = await forwarder(server);
    const answer = await fetch(`${base}/hooks/a?b=c`, { method: 'POST', body: 'x'.repeat(100_000) });
    expect([answer.status, answer.statusText, answer.headers.getSetCookie()]).toEqual([418, 'Teapot', ['a=1', 'b=2']]);
    expect(await answer.text()).toBe(`POST /hooks/a?b=c ${'x'.repeat(100_000)}`);
  });

  test('a streamed answer arrives piece by piece', async () => {
    let finish = () => {};
    const server = createServer((_, answer) => {
      answer.write('first');
      finish = () => answer.end('last');
    });
    const reader = (await fetch(await forwarder(server))).body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('first');
    finish();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('last');
  });

  test('when nobody answers, it says so', async () => {
    const server = createServer();
    const base = await forwarder(server);
    server.close();
    const answer = await fetch(base);
    expect([answer.status, await answer.text()]).toEqual([502, 'OpenClaw does not answer\n']);
  });

  /** Asks for an upgrade with headers of a proxy; the answer, and the socket when it was granted. */
  function upgrade(base: string): Promise<{ response: IncomingMessage; socket?: Socket; first: string }> {
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'X-Forwarded-For': '198.51.100.9',
      'X-Real-Ip': 'x',
    };
    const outgoing = request(base, { headers });
    return new Promise((resolve) => {
      outgoing.on('upgrade', (response, socket, head) => resolve({ response, socket, first: head.toString() }));
      outgoing.on('response', async (response) => {
        let first = '';
        for await (const part of response) first += part;
        resolve({ response, first });
      });
      outgoing.end();
    });
  }

  test('an upgraded connection passes in both directions, and ends with either end', async () => {
    const server = createServer();
    const peers: Socket[] = [];
    server.on('upgrade', (incoming, socket: Socket) => {
      peers.push(socket);
      const { 'x-forwarded-for': client, 'x-real-ip': real } = incoming.headers;
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      socket.on('data', (data) => socket.write(`${client} ${real} ${data}`));
      socket.on('error', () => {});
    });
    const base = await forwarder(server);
    const { response, socket } = await upgrade(base);
    expect(response.statusCode).toBe(101);
    socket?.write('hello');
    const [data] = await once(socket as Socket, 'data');
    expect(`${data}`).toBe('198.51.100.9 undefined hello');
    // Taking a listener away stops the stream, and then nobody hears its end.
    socket?.resume();
    peers[0]?.destroy();
    await once(socket as Socket, 'close');

    const second = await upgrade(base);
    second.socket?.destroy();
    await once(peers[1] as Socket, 'end');
  });

  test('a refused upgrade says why', async () => {
    const server = createServer();
    server.on('upgrade', (_, socket) => {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\nConnection: close\r\n\r\norigin');
    });
    const { response, first } = await upgrade(await forwarder(server));
    expect([response.statusCode, first]).toEqual([403, 'origin']);
  });
});
