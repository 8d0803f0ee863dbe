import type { Manifest } from '../../manifest/manifest.ts';
import { containersOf, type Fields, fields, items, podSpecOf, text } from '../../manifest/pod-specs.ts';
import type { Rule, Violation } from '../rule.ts';

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const portName = /^(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/;

export const uniqueNames: Rule = {
  id: 'unique-names',
  severity: 'error',
  doc: 'Within a pod each volume, container, port and mount has a name or path of its own, and each mount has its volume.',
  check: (manifests) =>
    manifests.flatMap((manifest): Violation[] => {
      const pod = podSpecOf(manifest.object);
      if (!pod) return [];
      const { spec, path } = pod;
      const templates = items(fields(manifest.object.spec).volumeClaimTemplates).map(
        (claim) => fields(fields(claim).metadata).name,
      );
      const volumes = items(spec.volumes).map((volume) => fields(volume).name);
      const containers = containersOf(spec, path);
      return [
        ...names(manifest, 'volume', `${path}.volumes`, [...volumes, ...templates]),
        ...names(
          manifest,
          'container',
          path,
          containers.map(({ container }) => container.name),
        ),
        ...containers.flatMap(({ container, path: at }) => [
          ...mounts(manifest, container, at, new Set([...volumes, ...templates])),
          ...ports(manifest, container, at),
        ]),
      ];
    }),
};

function names(manifest: Manifest, what: string, path: string, list: readonly unknown[]): Violation[] {
  return list.flatMap((name, index): Violation[] => {
    if (typeof name !== 'string' || !dnsLabel.test(name)) {
      return [
        {
          manifest,
          path,
          message: `${what} name "${String(name)}" is not a DNS label of at most 63 characters`,
          help: 'Choose another name.',
        },
      ];
    }
    if (list.indexOf(name) === index) return [];
    return [
      {
        manifest,
        path,
        message: `two ${what}s of the pod are called "${name}"`,
        why: 'One would take the place of the other.',
        help: 'Rename one of them.',
      },
    ];
  });
}

function mounts(manifest: Manifest, container: Fields, path: string, volumes: ReadonlySet<unknown>): Violation[] {
  const list = items(container.volumeMounts).map((mount) => fields(mount));
  const paths = list.map(({ mountPath }) => text(mountPath)?.replace(/\/+$/, ''));
  return list.flatMap(({ name, mountPath }, index): Violation[] => {
    const at = `${path}.volumeMounts[${index}]`;
    if (!volumes.has(name))
      return [{ manifest, path: at, message: `there is no volume "${String(name)}"`, help: 'Correct the name.' }];
    if (paths.indexOf(paths[index]) === index) return [];
    return [
      {
        manifest,
        path: at,
        message: `two volumes are mounted at ${String(mountPath)}`,
        help: 'Mount one of them elsewhere.',
      },
    ];
  });
}

function ports(manifest: Manifest, container: Fields, path: string): Violation[] {
  const list = items(container.ports).map((port) => fields(port));
  return list.flatMap(({ name, containerPort }, index): Violation[] => {
    const at = `${path}.ports[${index}]`;
    const violations: Violation[] = [];
    if (!Number.isInteger(containerPort) || Number(containerPort) < 1 || Number(containerPort) > 65535) {
      violations.push({
        manifest,
        path: at,
        message: `port ${String(containerPort)} is not a port`,
        help: 'Use a whole number from 1 to 65535.',
      });
    }
    if (name !== undefined && !portName.test(String(name))) {
      violations.push({
        manifest,
        path: at,
        message: `port name "${String(name)}" is not valid`,
        help: 'Use at most 15 lowercase letters, digits and hyphens, with at least one letter.',
      });
    }
    if (name !== undefined && list.findIndex((other) => other.name === name) !== index) {
      violations.push({
        manifest,
        path: at,
        message: `two ports are called "${String(name)}"`,
        help: 'Rename one of them.',
      });
    }
    return violations;
  });
}
