import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { close, listen } from './http.ts';

export interface TestForge {
  readonly url: string;
  readonly origin: string;
  /** Lines `<old> <new> <ref>` and `option <value>` of every push that the server was asked for. */
  pushes(): string[];
  /** Every request of the REST API: verb, path and body. */
  readonly calls: { method: string; url: string; authorization: string | undefined; body: unknown }[];
  readonly pulls: { branch: string; title: string; description: string }[];
  /** Command lines of git programs that ran while the server was asked. */
  readonly commands: Set<string>;
  /** Runs git on the bare repository. */
  git(...args: string[]): string;
  stop(): Promise<void>;
}

const hook = `#!/bin/sh
cat >> "$GIT_DIR/pushes"
i=0
while [ $i -lt "\${GIT_PUSH_OPTION_COUNT:-0}" ]; do
  eval "echo \\"option \\$GIT_PUSH_OPTION_$i\\"" >> "$GIT_DIR/pushes"
  i=$((i+1))
done
`;
// What a forge with AGit does: the ref becomes a pull request's, and is gone.
const review = `#!/bin/sh
while read -r old new ref; do
  case $ref in refs/for/*)
    git update-ref refs/pull/1/head "$new"; git update-ref -d "$ref"
    echo "Visit the pull request: http://elsewhere.test/x" >&2
    echo "Visit the pull request: $(cat "$GIT_DIR/origin")/acme/repo/pulls/1" >&2;;
  esac
done
`;

/**
 * A real git server (`git http-backend` behind node:http) with one repository acme/repo, and the few routes of GitHub's,
 * Forgejo's and GitLab's API that open pull requests. Only `token` is let in.
 */
export async function startForge(dir: string, token: string, files: Record<string, string>): Promise<TestForge> {
  const bare = join(dir, 'forge/acme/repo.git');
  const work = join(dir, 'forge-work');
  const run = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  mkdirSync(bare, { recursive: true });
  run(bare, 'init', '--quiet', '--bare', '--initial-branch=main');
  for (const [key, value] of Object.entries({
    'http.receivepack': 'true',
    'receive.advertisePushOptions': 'true',
    'uploadpack.allowFilter': 'true',
    'uploadpack.allowAnySHA1InWant': 'true',
  }))
    run(bare, 'config', key, value);
  mkdirSync(join(bare, 'hooks'), { recursive: true });
  for (const [name, text] of Object.entries({ 'pre-receive': hook, 'post-receive': review })) {
    writeFileSync(join(bare, 'hooks', name), text);
    chmodSync(join(bare, 'hooks', name), 0o755);
  }
  mkdirSync(work);
  run(work, 'init', '--quiet', '--initial-branch=main');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(work, path)), { recursive: true });
    if (text.startsWith('-> ')) execFileSync('ln', ['-s', text.slice(3), join(work, path)]);
    else writeFileSync(join(work, path), text, { mode: path.endsWith('.sh') ? 0o755 : 0o644 });
  }
  run(work, 'add', '--all');
  run(work, 'commit', '--quiet', '--message=first');
  run(work, 'push', '--quiet', bare, 'main');
  writeFileSync(join(bare, 'pushes'), '');

  const calls: TestForge['calls'] = [];
  const pulls: TestForge['pulls'] = [];
  const commands = new Set<string>();
  const allowed = new Set([
    `Bearer ${token}`,
    `token ${token}`,
    `Basic ${Buffer.from(`oauth2:${token}`).toString('base64')}`,
  ]);
  const server = createServer((request, response) => {
    for (const command of gitCommands()) commands.add(command);
    if (!allowed.has(request.headers.authorization ?? ''))
      return response.writeHead(401, { 'www-authenticate': 'Basic realm="forge"' }).end();
    if (/\.git\//.test(request.url ?? '')) return backend(join(dir, 'forge'), request, response);
    return void api(request, response).catch(() => response.writeHead(500).end());
  });
  const port = await listen(server, '127.0.0.1', 0);
  const origin = `http://127.0.0.1:${port}`;
  writeFileSync(join(bare, 'origin'), origin);

  async function api(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const { method = '', url = '' } = request;
    calls.push({ method, url, authorization: request.headers.authorization, body });
    const show = (index: number) => ({
      html_url: `${origin}/pulls/${index + 1}`,
      web_url: `${origin}/pulls/${index + 1}`,
    });
    if (method === 'POST') {
      pulls.push({
        branch: body.head ?? body.source_branch,
        title: body.title,
        description: body.body ?? body.description,
      });
      return void response.writeHead(201).end(JSON.stringify(show(pulls.length - 1)));
    }
    const { searchParams, pathname } = new URL(url, origin);
    const forgejo = /\/pulls\/main\/(.+)$/.exec(pathname)?.[1];
    const branch = forgejo ?? searchParams.get('head')?.replace(/^acme:/, '') ?? searchParams.get('source_branch');
    const index = pulls.findIndex((pull) => pull.branch === branch);
    if (forgejo !== undefined)
      return void response.writeHead(index < 0 ? 404 : 200).end(JSON.stringify(index < 0 ? {} : show(index)));
    response.end(JSON.stringify(index < 0 ? [] : [show(index)]));
  }

  return {
    url: `${origin}/acme/repo.git`,
    origin,
    calls,
    pulls,
    commands,
    pushes: () =>
      readFileSync(join(bare, 'pushes'), 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
    git: (...args) => run(bare, ...args),
    stop: () => close(server),
  };
}

/** CGI, as far as git needs it. */
function backend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '', 'http://x');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'tester',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => {});
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('close', () => {
    const all = Buffer.concat(chunks);
    const end = all.indexOf('\r\n\r\n');
    const headers = all
      .subarray(0, end)
      .toString('latin1')
      .split('\r\n')
      .map((line) => line.split(/: (.*)/s) as [string, string]);
    const status = Number(headers.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200);
    response
      .writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')))
      .end(all.subarray(end + 4));
  });
}

function gitCommands(): string[] {
  if (!existsSync('/proc/self/cmdline')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return /(?:^|\/)git\b/.test(command) ? [command] : [];
      } catch {
        return [];
      }
    });
}
