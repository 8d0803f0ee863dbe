import { clip } from './untrusted.ts';

export interface Proposal {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly description: string;
}

/** Pull requests of one repository, by the forge's REST API. */
export interface Forge {
  /** Address of the pull request of a branch, open or not. */
  find(proposal: Pick<Proposal, 'branch' | 'base'>, signal: AbortSignal): Promise<string | undefined>;
  /** Opens one, and returns its address. */
  open(proposal: Proposal, signal: AbortSignal): Promise<string>;
}

type Kind = 'github' | 'forgejo' | 'gitlab';
const answerLimit = 4_194_304;

/** @param url where the repository is cloned from; `api` the root of the REST API where it is not the usual one */
export function openForge(kind: Kind, url: string, api: string | undefined, token: string): Forge {
  const { origin, hostname, pathname } = new URL(url);
  const path = pathname.replace(/^\/|\/$|\.git\/?$/g, '');
  const root = (usual: string) => (api ?? usual).replace(/\/$/, '');
  const query = (values: Record<string, string>) => new URLSearchParams(values).toString();

  switch (kind) {
    // docs.github.com/rest/pulls, version 2022-11-28; GitHub Enterprise has it below /api/v3.
    case 'github': {
      const pulls = `${root(hostname === 'github.com' ? 'https://api.github.com' : `${origin}/api/v3`)}/repos/${path}/pulls`;
      const owner = path.split('/')[0];
      const call = caller({
        authorization: `Bearer ${token}`,
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
      });
      return {
        find: async ({ branch, base }, signal) =>
          address(
            first(await call(`${pulls}?${query({ state: 'all', base, head: `${owner}:${branch}` })}`, signal)),
            'html_url',
          ),
        open: async ({ branch, base, title, description }, signal) =>
          opened(await call(pulls, signal, { head: branch, base, title, body: description }), 'html_url'),
      };
    }
    // Forgejo and Gitea, routers/api/v1/api.go: GET /repos/{owner}/{repo}/pulls/{base}/*, 404 without one.
    case 'forgejo': {
      const [owner, repository] = path.split('/').slice(-2);
      const below = path.split('/').slice(0, -2).join('/');
      const pulls = `${root(`${origin}/${below === '' ? '' : `${below}/`}api/v1`)}/repos/${owner}/${repository}/pulls`;
      const call = caller({ authorization: `token ${token}`, accept: 'application/json' });
      return {
        find: async ({ branch, base }, signal) =>
          address(await call(`${pulls}/${encodeURIComponent(base)}/${branch}`, signal), 'html_url'),
        open: async ({ branch, base, title, description }, signal) =>
          opened(await call(pulls, signal, { head: branch, base, title, body: description }), 'html_url'),
      };
    }
    // docs.gitlab.com/api/merge_requests
    case 'gitlab': {
      const requests = `${root(`${origin}/api/v4`)}/projects/${encodeURIComponent(path)}/merge_requests`;
      const call = caller({ authorization: `Bearer ${token}`, accept: 'application/json' });
      return {
        find: async ({ branch, base }, signal) =>
          address(
            first(
              await call(`${requests}?${query({ state: 'all', source_branch: branch, target_branch: base })}`, signal),
            ),
            'web_url',
          ),
        open: async ({ branch, base, title, description }, signal) =>
          opened(
            await call(requests, signal, { source_branch: branch, target_branch: base, title, description }),
            'web_url',
          ),
      };
    }
  }
}

type Call = (url: string, signal: AbortSignal, body?: object) => Promise<unknown>;

/** GET, or POST with a body; undefined for a GET of what is not there. */
function caller(headers: Record<string, string>): Call {
  return async (url, signal, body) => {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, 'user-agent': 'chitin', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      // The token is for this host alone.
      redirect: 'error',
      signal,
    });
    const text = await read(response);
    if (response.status === 404 && body === undefined) return undefined;
    if (!response.ok) throw new Error(`the forge answered ${response.status}: ${clip(text, 300)}`);
    return JSON.parse(text);
  };
}

async function read(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > answerLimit) throw new Error(`the forge answered with more than ${answerLimit} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const first = (answer: unknown): unknown => (Array.isArray(answer) ? answer[0] : undefined);

function address(answer: unknown, key: 'html_url' | 'web_url'): string | undefined {
  if (typeof answer !== 'object' || answer === null || !(key in answer)) return undefined;
  const value = (answer as Record<string, unknown>)[key];
  return typeof value === 'string' ? value : undefined;
}

function opened(answer: unknown, key: 'html_url' | 'web_url'): string {
  const found = address(answer, key);
  if (found === undefined) throw new Error('the forge opened a pull request and did not say which');
  return found;
}
