import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { UsageError } from '../../usage-error.ts';
import { parseCertificate, type SealingCertificate } from './certificate.ts';
import { refused } from './refused.ts';

/** Where a controller is; the defaults are those of kubeseal 0.38 (`cmd/kubeseal/main.go`). */
export interface ControllerAddress {
  /** Of the kubeconfig. @default its current context */
  readonly context?: string | undefined;
  /** @default 'kube-system' */
  readonly namespace?: string | undefined;
  /** @default 'sealed-secrets-controller' */
  readonly service?: string | undefined;
}

/** A controller, reached through the API server as kubeseal does it. Only what is public is asked for; its keys are not. */
export interface LiveController {
  /** As an error shows it. */
  readonly shown: string;
  /** The certificate of its newest key, in PEM. */
  certificate(): Promise<string>;
  /** Encrypts a SealedSecret (JSON) again for its newest key. */
  rotate(request: string): Promise<string>;
}

const [seconds, answerLimit] = [30, 4 * 1024 * 1024];

/** Finds a controller by the kubeconfig (`KUBECONFIG`, or `~/.kube/config`). */
export async function liveController(address: ControllerAddress = {}): Promise<LiveController> {
  const { namespace = 'kube-system', service = 'sealed-secrets-controller' } = address;
  for (const name of [namespace, service]) {
    if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) throw new UsageError('A namespace or service has no such name.');
  }
  const config = await kubeConfig(address.context);
  const path = `/api/v1/namespaces/${namespace}/services/`;
  const shown = `service ${namespace}/${service}`;
  const found = await ask(config, shown, 'GET', `${path}${service}`);
  const port = portName(found);
  if (port === undefined) throw new UsageError(`${shown}: it has no port.`);
  const proxy = `${path}http:${service}:${port}/proxy`;
  return {
    shown,
    certificate: () => ask(config, shown, 'GET', `${proxy}/v1/cert.pem`),
    rotate: (body) => ask(config, shown, 'POST', `${proxy}/v1/rotate`, body),
  };
}

/**
 * Refuses a controller whose newest key is not that of the pinned certificate: what it encrypts would be for another.
 *
 * @param pem what it serves
 */
export function requirePinned(shown: string, pem: string, pinned: SealingCertificate): void {
  const { certificate, problem } = parseCertificate(shown, pem);
  if (problem) throw refused(problem);
  if (certificate.keyFingerprint === pinned.keyFingerprint) return;
  throw refused({
    message: `${shown}: its newest key is not that of the pinned certificate`,
    why: 'It encrypts for its newest key.',
    help: 'Pin its certificate first: chitin secrets cert pull',
  });
}

async function kubeConfig(context: string | undefined): Promise<KubeConfig> {
  let client: typeof import('@kubernetes/client-node');
  try {
    client = await import('@kubernetes/client-node');
  } catch {
    throw new UsageError('To reach a cluster, install the npm package @kubernetes/client-node.');
  }
  const config = new client.KubeConfig();
  try {
    config.loadFromDefault();
  } catch {
    // The message may quote the file, which holds credentials.
    throw new UsageError('The kubeconfig cannot be read.');
  }
  if (context !== undefined) {
    if (!config.getContextObject(context)) throw new UsageError('The kubeconfig has no such context.');
    config.setCurrentContext(context);
  }
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new UsageError('The kubeconfig names no cluster: set KUBECONFIG, or give --context.');
  if (!cluster.server.startsWith('https://') || cluster.skipTLSVerify) {
    throw refused({
      message: 'The kubeconfig does not check who the API server is (http, or insecure-skip-tls-verify).',
      why: 'Whoever stands in between could give a certificate of their own, and read what is sealed for it.',
      help: 'Give its certificate authority, or fetch the certificate elsewhere and give its file.',
    });
  }
  return config;
}

function portName(service: string): string | undefined {
  try {
    const { spec } = JSON.parse(service) as { spec?: { ports?: readonly { readonly name?: string }[] } };
    const [port] = spec?.ports ?? [];
    return port && (port.name ?? '');
  } catch {
    return undefined;
  }
}

async function ask(config: KubeConfig, shown: string, method: string, path: string, body?: string): Promise<string> {
  const server = config.getCurrentCluster()?.server ?? '';
  const options: RequestOptions = { method, headers: body === undefined ? {} : { 'content-type': 'application/json' } };
  await config.applyToHTTPSOptions(options);
  const failed = (what: string) => new UsageError(`${shown}: ${what}`);
  return await new Promise((resolve, reject) => {
    const url = new URL(server.replace(/\/$/, '') + path);
    const sent = request(url, { ...options, signal: AbortSignal.timeout(seconds * 1000) }, (answer) => {
      void read(answer).then((text) => {
        if (text === undefined) reject(failed('its answer is too large.'));
        else if (answer.statusCode === 200) resolve(text);
        // Not the text of the answer: it is another program's, and may repeat what was sent.
        else reject(failed(`the API server answered ${answer.statusCode} to ${method} ${path}`));
      }, reject);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const reason = error.name === 'AbortError' || error.name === 'TimeoutError' ? `${seconds} s` : error.code;
      reject(failed(`the API server cannot be reached (${reason ?? 'no connection'}).`));
    });
    sent.end(body);
  });
}

async function read(answer: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > answerLimit) {
      answer.destroy();
      return undefined;
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
