import { z } from 'zod';
import { ApiError, type Json, KubernetesApi } from './kubernetes-api.ts';
import { podFacts } from './kubernetes-facts.ts';
import { redactObject, redactText } from './kubernetes-redact.ts';
import { checked, type KubernetesConfig, NotInstalled, Scope } from './kubernetes-scope.ts';
import { defineTool, type Toolbox } from './tool.ts';
import { clip } from './untrusted.ts';

const objectLimit = 1_048_576;
const listLimit = 100;
const listBytes = 8_388_608;
const eventLimit = 50;
const logLines = 200;
const logBytes = 65_536;
const outputLimit = 65_536;

const fluxKinds = [
  'kustomizations',
  'helmreleases',
  'gitrepositories',
  'ocirepositories',
  'helmrepositories',
  'buckets',
];

/**
 * Read-only views of the cluster. RBAC is the boundary; within it these narrow further: kinds and namespaces of a list,
 * one object or one page at a time, never a Secret and no subresource but a pod's log.
 */
export async function openKubernetes(config: KubernetesConfig, api = new KubernetesApi()): Promise<Toolbox> {
  const scope = new Scope(config, api);
  const source = 'kubernetes';
  const resource = z.string().describe(`One of: ${scope.names().join(', ')}.`);
  const namespace = z
    .string()
    .optional()
    .describe(`One of: ${config.namespaces.join(', ')}.`);

  const list = defineTool({
    name: 'kubernetes_list',
    description: 'Lists objects of one kind, as `kubectl get` does.',
    source,
    input: z.strictObject({
      resource,
      namespace,
      selector: z.string().max(500).optional().describe('Label selector.'),
    }),
    run: async ({ resource, namespace, selector }, { signal }) => {
      const path = await scope.path(resource, namespace, signal);
      // The server's own table: it has what people look at, and of the object no more than its metadata.
      const table = await api.json(
        path,
        { limit: String(listLimit), labelSelector: selector },
        { signal, limit: listBytes, accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' },
      );
      return print(rows(table), more(table));
    },
  });

  const get = defineTool({
    name: 'kubernetes_get',
    description:
      'Reads one object, as YAML. Values of environment variables, chart values and ConfigMaps are left out, so is what looks like a credential.',
    source,
    input: z.strictObject({ resource, namespace, name: z.string() }),
    run: async ({ resource, namespace, name }, { signal }) => {
      const path = [...(await scope.path(resource, namespace, signal, { one: true })), checked('name', name)];
      const object = await api.json(path, {}, { signal, limit: objectLimit });
      if (object.kind === 'Secret') throw new Error('Secrets are not read');
      const { dumpYaml } = await import('@kubernetes/client-node');
      return clip(dumpYaml(redactObject(object), { lineWidth: -1 }), outputLimit);
    },
  });

  const events = defineTool({
    name: 'kubernetes_events',
    description: `The latest ${eventLimit} events of a namespace, or of one object in it; oldest first.`,
    source,
    input: z.strictObject({
      namespace,
      name: z.string().optional().describe('Of the object that the events are about.'),
    }),
    run: async ({ namespace, name }, { signal }) => {
      const fieldSelector = name === undefined ? undefined : `involvedObject.name=${checked('name', name)}`;
      const answer = await api.json(
        scope.within(['api', 'v1'], namespace, 'events'),
        { limit: '1000', fieldSelector },
        { signal, limit: listBytes },
      );
      const sorted = (answer.items as Json[])
        .map((event) => ({
          at: event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '',
          event,
        }))
        .toSorted((a, b) => (a.at < b.at ? -1 : 1))
        .slice(-eventLimit);
      return print(
        sorted.map(({ at, event: { type, reason, count, involvedObject: about, message } }) =>
          redactText(
            `${at} ${type} ${reason} ${about?.kind} ${about?.namespace ?? ''}/${about?.name} x${count ?? 1}: ${clip(message ?? '', 1000)}`,
          ),
        ),
        more(answer),
      );
    },
  });

  const logs = defineTool({
    name: 'kubernetes_logs',
    description: 'The last lines that a container of a pod wrote.',
    source,
    input: z.strictObject({
      namespace,
      pod: z.string(),
      container: z.string().optional().describe('Needed when the pod has several.'),
      lines: z.int().min(1).max(logLines).default(100),
      sinceSeconds: z.int().min(1).optional(),
      previous: z.boolean().default(false).describe('Of the container before its last restart.'),
    }),
    run: async ({ namespace, pod, container, lines, sinceSeconds, previous }, { signal }) => {
      const { text, cut } = await api.get(
        [...scope.within(['api', 'v1'], namespace, 'pods', { one: true }), checked('pod', pod), 'log'],
        {
          container: container === undefined ? undefined : checked('container', container),
          tailLines: String(lines),
          sinceSeconds: sinceSeconds?.toString(),
          previous: previous ? 'true' : undefined,
          timestamps: 'true',
          limitBytes: String(logBytes),
        },
        { signal, limit: logBytes, accept: '*/*' },
      );
      return (redactText(text) || '(no lines)') + (cut ? '\n[… cut off …]' : '');
    },
  });

  const flux = defineTool({
    name: 'flux_status',
    description: 'What Flux made of its sources, Kustomizations and HelmReleases: ready or not, revision, message.',
    source,
    input: z.strictObject({ namespace }),
    run: async ({ namespace }, { signal }) => {
      const kinds = scope.names().filter((name) => fluxKinds.includes(name));
      const lines = await Promise.all(
        kinds.map(async (kind) => {
          try {
            const path = await scope.path(kind, namespace, signal);
            const answer = await api.json(path, { limit: String(listLimit) }, { signal, limit: listBytes });
            return [...(answer.items as Json[]).map((item) => fluxLine(kind, item)), ...more(answer)];
          } catch (error) {
            if (error instanceof NotInstalled || (error instanceof ApiError && error.status === 404)) return [];
            throw error;
          }
        }),
      );
      return print(lines.flat());
    },
  });

  return {
    tools: () => [list, get, events, logs, ...(scope.names().some((name) => fluxKinds.includes(name)) ? [flux] : [])],
    facts: (_message, signal) => (scope.names().includes('pods') ? podFacts(api, scope, signal) : Promise.resolve([])),
    problems: () => {
      const problem = api.problem();
      return problem === undefined ? [] : [problem];
    },
  };
}

function rows(table: Json): string[] {
  if (table.kind !== 'Table') {
    return (table.items as Json[]).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
  }
  const shown = (table.columnDefinitions as Json[]).map(({ priority }) => priority === 0 || priority === undefined);
  const line = (namespace: string, cells: readonly unknown[]) =>
    redactText(
      [namespace, ...cells.filter((_cell, index) => shown[index])]
        .map((cell) => clip(String(cell ?? ''), 200))
        .join(' | '),
    );
  return [
    line(
      'Namespace',
      (table.columnDefinitions as Json[]).map(({ name }) => name),
    ),
    ...(table.rows as Json[]).map(({ object, cells }) => line(object?.metadata?.namespace ?? '', cells)),
  ];
}

function fluxLine(kind: string, { metadata, spec, status }: Json): string {
  const ready = (status?.conditions as Json[] | undefined)?.find(({ type }) => type === 'Ready');
  const revision = status?.lastAppliedRevision ?? status?.artifact?.revision ?? status?.history?.[0]?.chartVersion;
  const parts = [
    `${kind} ${metadata.namespace}/${metadata.name}`,
    `Ready=${ready?.status ?? 'Unknown'}`,
    ...(spec?.suspend === true ? ['suspended'] : []),
    ...(revision === undefined ? [] : [`revision ${revision}`]),
    ...(ready === undefined
      ? []
      : [`since ${ready.lastTransitionTime} ${ready.reason}: ${clip(ready.message ?? '', 1000)}`]),
  ];
  return redactText(parts.join(', '));
}

/** That a page was not the last. */
function more({ metadata }: Json): string[] {
  if (!metadata?.continue) return [];
  return [`[… ${metadata.remainingItemCount ?? 'there are'} more: narrow it down …]`];
}

function print(lines: readonly string[], rest: readonly string[] = []): string {
  return clip([...lines, ...rest].join('\n'), outputLimit) || '(none)';
}
