import { request } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';

/** An answer of the API server, with the warnings that it sent. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Texts of the `Warning` headers. */
  readonly warnings: readonly string[];
}

interface Resource {
  readonly path: string;
  readonly namespaced: boolean;
}

/** The API server that `KUBECONFIG` names, with the parts of its protocol that client libraries hide: warnings, strict fields. */
export class ApiServer {
  private readonly config = new KubeConfig();
  private readonly resources = new Map<string, Map<string, Resource>>();

  constructor() {
    this.config.loadFromDefault();
  }

  /** Server-side apply of an object, given as YAML or JSON text. Unknown and duplicate fields are refused. */
  async apply(object: ObjectRef, text: string, options: { readonly dryRun: boolean }): Promise<Answer> {
    const { name } = object.metadata;
    const query = `fieldManager=chitin-e2e&fieldValidation=Strict&force=true${options.dryRun ? '&dryRun=All' : ''}`;
    return await this.send(
      'PATCH',
      `${await this.collection(object)}/${name}?${query}`,
      text,
      'application/apply-patch+yaml',
    );
  }

  /** Creates an object without keeping it. */
  async createDryRun(object: ObjectRef): Promise<Answer> {
    const path = `${await this.collection(object)}?fieldValidation=Strict&dryRun=All`;
    return await this.send('POST', path, JSON.stringify(object), 'application/json');
  }

  async get(object: ObjectRef): Promise<Answer> {
    return await this.send('GET', `${await this.collection(object)}/${object.metadata.name}`);
  }

  /** Deletes an object, with what it owns. */
  async delete(object: ObjectRef): Promise<Answer> {
    return await this.send(
      'DELETE',
      `${await this.collection(object)}/${object.metadata.name}?propagationPolicy=Background`,
    );
  }

  private async collection({ apiVersion, kind, metadata }: ObjectRef): Promise<string> {
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    let kinds = this.resources.get(apiVersion);
    if (!kinds?.has(kind)) {
      const { body } = await this.send('GET', base);
      const list = (body as { resources?: { kind: string; name: string; namespaced: boolean }[] }).resources ?? [];
      kinds = new Map(
        list
          .filter(({ name }) => !name.includes('/'))
          .map((resource) => [resource.kind, { path: resource.name, namespaced: resource.namespaced }]),
      );
      this.resources.set(apiVersion, kinds);
    }
    const resource = kinds.get(kind);
    if (!resource) throw new Error(`the API server has no ${apiVersion} ${kind}; are its CRDs applied?`);
    if (!resource.namespaced) return `${base}/${resource.path}`;
    if (!metadata.namespace) throw new Error(`${kind} ${metadata.name}: metadata.namespace is missing`);
    return `${base}/namespaces/${metadata.namespace}/${resource.path}`;
  }

  private async send(method: string, path: string, body?: string, type?: string): Promise<Answer> {
    const cluster = this.config.getCurrentCluster();
    if (!cluster) throw new Error('KUBECONFIG names no cluster');
    const url = new URL(cluster.server + path);
    const options = { method, headers: { accept: 'application/json', ...(type ? { 'content-type': type } : {}) } };
    await this.config.applyToHTTPSOptions(options);
    return await new Promise((resolve, reject) => {
      const call = request(url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, body: parsed(text), warnings: warningsOf(response.rawHeaders) });
        });
      });
      call.on('error', reject);
      call.end(body);
    });
  }
}

/** What names an object; the rest of it is not looked at. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}

/** `299 - "text"` of each Warning header (RFC 7234, section 5.5). */
function warningsOf(headers: readonly string[]): string[] {
  return headers.flatMap((name, index) =>
    index % 2 === 0 && name.toLowerCase() === 'warning' ? [headers[index + 1] ?? ''] : [],
  );
}

/** The message of a Status object. */
export function messageOf({ body }: Answer): string {
  return (body as { message?: string }).message ?? JSON.stringify(body);
}
