import type { Manifest } from '../../manifest/manifest.ts';
import {
  containersOf,
  type Fields,
  fields,
  items,
  type PodSpec,
  podLabelsOf,
  podSpecOf,
  text,
} from '../../manifest/pod-specs.ts';
import type { Rule, RuleContext, Violation } from '../rule.ts';

export const danglingPort: Rule = {
  id: 'dangling-port',
  severity: 'error',
  doc: 'A route leads to a Service and port that exist, a Service to pods and ports that exist, a probe to a port of its container.',
  check: (manifests, context) => {
    const services = servicesByName(manifests, context);
    const pods = podsByNamespace(manifests);
    return manifests.flatMap((manifest) => {
      if (manifest.object.kind === 'HTTPRoute') return routeViolations(manifest, services);
      if (manifest.object.kind === 'Service') return serviceViolations(manifest, pods);
      const pod = podSpecOf(manifest.object);
      return pod ? probeViolations(manifest, pod) : [];
    });
  },
};

function servicesByName(manifests: readonly Manifest[], { existing }: RuleContext): Map<string, Manifest | 'existing'> {
  const services = new Map<string, Manifest | 'existing'>();
  for (const { kind, namespace, name } of existing)
    if (kind === 'Service') services.set(`${namespace}/${name}`, 'existing');
  for (const manifest of manifests) {
    const { kind, metadata } = manifest.object;
    if (kind === 'Service') services.set(`${metadata.namespace}/${metadata.name}`, manifest);
  }
  return services;
}

interface LabelledPod {
  readonly labels: Fields;
  readonly ports: readonly unknown[];
}

function podsByNamespace(manifests: readonly Manifest[]): Map<string, LabelledPod[]> {
  const pods = new Map<string, LabelledPod[]>();
  for (const { object } of manifests) {
    const pod = podSpecOf(object);
    if (!pod) continue;
    const namespace = object.metadata.namespace ?? '';
    const ports = containersOf(pod.spec, pod.path).flatMap(({ container }) => portNames(container));
    pods.set(namespace, [...(pods.get(namespace) ?? []), { labels: podLabelsOf(object), ports }]);
  }
  return pods;
}

function routeViolations(manifest: Manifest, services: ReadonlyMap<string, Manifest | 'existing'>): Violation[] {
  return items(fields(manifest.object.spec).rules).flatMap((rule, ruleAt) =>
    items(fields(rule).backendRefs).flatMap((backend, at): Violation[] => {
      const { kind, name, namespace, port } = fields(backend);
      if (kind !== undefined && kind !== 'Service') return [];
      const path = `$.spec.rules[${ruleAt}].backendRefs[${at}]`;
      const full = `${text(namespace) ?? manifest.object.metadata.namespace}/${text(name)}`;
      const service = services.get(full);
      if (!service) {
        const help = 'Correct the name, make the Service, or declare it as existing if something else makes it.';
        return [{ manifest, path, message: `there is no Service ${full}`, help }];
      }
      if (service === 'existing') return [];
      const ports = items(fields(service.object.spec).ports).map((each) => fields(each).port);
      if (ports.includes(port)) return [];
      return [
        {
          manifest,
          path,
          message: `Service ${full} has no port ${String(port)}`,
          help: `It has: ${ports.join(', ')}.`,
        },
      ];
    }),
  );
}

function serviceViolations(manifest: Manifest, pods: ReadonlyMap<string, readonly LabelledPod[]>): Violation[] {
  const spec = fields(manifest.object.spec);
  const selector = Object.entries(fields(spec.selector));
  if (selector.length === 0) return [];
  const selected = (pods.get(manifest.object.metadata.namespace ?? '') ?? []).filter(({ labels }) =>
    selector.every(([key, value]) => labels[key] === value),
  );
  if (selected.length === 0) {
    const message = 'no workload of the output has pods with these labels';
    return [{ manifest, path: '$.spec.selector', message, help: 'Correct the selector.' }];
  }
  const names = selected.flatMap(({ ports }) => ports);
  return items(spec.ports).flatMap((port, at): Violation[] => {
    const target = fields(port).targetPort;
    if (typeof target !== 'string' || names.includes(target)) return [];
    const message = `no container of the selected pods has a port named "${target}"`;
    return [{ manifest, path: `$.spec.ports[${at}].targetPort`, message, help: theyHave(names) }];
  });
}

function probeViolations(manifest: Manifest, { spec, path }: PodSpec): Violation[] {
  return containersOf(spec, path).flatMap(({ container, path: at }) => {
    const names = portNames(container);
    return ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((probe): Violation[] => {
      const { httpGet, tcpSocket } = fields(container[probe]);
      const port = fields(httpGet ?? tcpSocket).port;
      if (typeof port !== 'string' || names.includes(port)) return [];
      const message = `the container has no port named "${port}"`;
      return [{ manifest, path: `${at}.${probe}`, message, help: theyHave(names) }];
    });
  });
}

function portNames(container: Fields): unknown[] {
  return items(container.ports).map((port) => fields(port).name);
}

function theyHave(names: readonly unknown[]): string {
  return names.length > 0 ? `There are: ${names.join(', ')}.` : 'No port has a name.';
}
