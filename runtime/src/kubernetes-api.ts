import { existsSync } from 'node:fs';
import { request as http, type IncomingMessage } from 'node:http';
import { request as https, type RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';

const tokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const timeoutMilliseconds = 20_000;

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Longest body in bytes; what is longer is cut off, and `cut` says so. */
  readonly limit: number;
  readonly accept?: string;
}

export interface Answer {
  readonly text: string;
  readonly cut: boolean;
}

/** The API server said no. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(`the API server answered ${status}: ${message}`);
    this.status = status;
  }
}

/**
 * The one door to the API server, and it only opens for GET: there is no parameter for another verb and none for a body.
 * Credentials are those of `KUBECONFIG`, else the pod's projected token, which client-node reads anew every minute.
 */
export class KubernetesApi {
  readonly #kubeconfig: string | undefined;
  #loaded: Promise<KubeConfig> | undefined;

  constructor(kubeconfig = process.env.KUBECONFIG) {
    this.#kubeconfig = kubeconfig === '' ? undefined : kubeconfig;
  }

  /** Why no call can succeed; undefined when there is something to try. */
  problem(): string | undefined {
    if (this.#kubeconfig !== undefined || existsSync(tokenFile)) return undefined;
    return 'kubernetes: there is neither KUBECONFIG nor a service account token';
  }

  /**
   * @param path segments that are encoded here, so that none can hold a slash
   * @throws ApiError, and Error when there is no answer
   */
  async get(path: readonly string[], query: Record<string, string | undefined>, options: ReadOptions): Promise<Answer> {
    if (path.some((segment) => segment === '' || /^\.{1,2}$/.test(segment))) throw new Error('not a path of the API');
    const config = await this.#config();
    const server = config.getCurrentCluster()?.server;
    if (server === undefined) throw new Error('the kubeconfig names no current cluster');
    const url = new URL(`${server.replace(/\/$/, '')}/${path.map(encodeURIComponent).join('/')}`);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value);
    const request: RequestOptions = {};
    await config.applyToHTTPSOptions(request);
    // node:http follows no redirect: a server that answers with one cannot make the token travel.
    const response = await send(url, {
      ...request,
      method: 'GET',
      headers: { ...request.headers, accept: options.accept ?? 'application/json' },
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMilliseconds)]),
    });
    const answer = await read(response, options.limit);
    const status = response.statusCode ?? 0;
    if (status !== 200) throw new ApiError(status, reason(answer.text));
    return answer;
  }

  /** A body of JSON; one that is longer than the limit is an error. */
  async json(path: readonly string[], query: Record<string, string | undefined>, options: ReadOptions): Promise<Json> {
    const { text, cut } = await this.get(path, query, options);
    if (cut) throw new Error(`the answer has more than ${options.limit} bytes: ask for less`);
    return JSON.parse(text) as Json;
  }

  #config(): Promise<KubeConfig> {
    const problem = this.problem();
    if (problem !== undefined) throw new Error(problem);
    // Half a second and some 60 MB: on the first call, not at the start.
    this.#loaded ??= import('@kubernetes/client-node').then(({ KubeConfig }) => {
      const config = new KubeConfig();
      if (this.#kubeconfig === undefined) config.loadFromCluster();
      else config.loadFromFile(this.#kubeconfig);
      return config;
    });
    this.#loaded.catch(() => {
      this.#loaded = undefined;
    });
    return this.#loaded;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: objects of any kind, as the API server sends them.
export type Json = any;

function send(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    (url.protocol === 'http:' ? http : https)(url, options, resolve).once('error', reject).end();
  });
}

function read(response: IncomingMessage, limit: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (cut: boolean) => resolve({ text: Buffer.concat(chunks).subarray(0, limit).toString('utf8'), cut });
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= limit) return;
      end(true);
      response.destroy();
    });
    response.once('end', () => end(false));
    response.once('error', reject);
  });
}

/** The message of a `Status`, or the beginning of whatever it is. */
function reason(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message.slice(0, 500);
  } catch {
    // A proxy's page.
  }
  return text.slice(0, 200);
}
