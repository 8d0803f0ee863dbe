import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { image } from '../../constructs/images.ts';
import { configFolder, configName } from '../../constructs/runtimes/openclaw/layout.ts';
import { type OpenClawVersion, profiles } from '../../constructs/runtimes/openclaw/version.ts';
import type { Programs } from './pod.ts';

/** An agent with OpenClaw as it lies in `dist`. */
export interface CommittedAgent {
  /** Cluster, namespace and name: `homelab/openclaw/openclaw`. */
  readonly name: string;
  readonly version: OpenClawVersion;
  readonly programs: Programs;
  /** Container to the configuration that it reads. */
  readonly configs: Readonly<Record<string, string>>;
  /** Path that the startup probe of the first container asks. */
  readonly startupPath: string;
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly Variable[];
  readonly startupProbe?: { readonly httpGet?: { readonly path: string } };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface ConfigMap {
  readonly kind: 'ConfigMap';
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly data: Readonly<Record<string, string>>;
}

interface StatefulSet {
  readonly kind: 'StatefulSet';
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly [Container, ...Container[]];
        readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
      };
    };
  };
}

/**
 * Every agent in `dist` whose first container is OpenClaw.
 *
 * @throws Error for one of a release without a profile, or whose configuration is in no ConfigMap that it mounts
 */
export function committedAgents(): CommittedAgent[] {
  const dist = join(import.meta.dirname, '../../dist');
  return readdirSync(dist).flatMap((cluster) => {
    const objects = readObjects(join(dist, cluster));
    return objects
      .filter((object) => object.kind === 'StatefulSet')
      .filter(({ spec }) => readsConfig(spec.template.spec.containers[0]))
      .map((workload) => committedAgent(cluster, workload, objects));
  });
}

function committedAgent(
  cluster: string,
  { metadata, spec }: StatefulSet,
  objects: readonly (ConfigMap | StatefulSet)[],
): CommittedAgent {
  const name = `${cluster}/${metadata.namespace}/${metadata.name}`;
  const { containers, volumes } = spec.template.spec;
  const folders = volumes.flatMap(({ name: volume, configMap }) => {
    const found = objects.find(
      (object) =>
        object.kind === 'ConfigMap' &&
        object.metadata.namespace === metadata.namespace &&
        object.metadata.name === configMap?.name,
    );
    return found?.kind === 'ConfigMap' ? [{ name: volume, files: found.data }] : [];
  });
  const configs = containers.filter(readsConfig).map((container) => {
    const volume = container.volumeMounts.find(({ mountPath }) => mountPath === configFolder)?.name;
    const text = folders.find((folder) => folder.name === volume)?.files[configName];
    if (text === undefined) throw new Error(`dist/${name}: container ${container.name} mounts no ${configName}`);
    return [container.name, text] as const;
  });
  const [first, ...others] = containers;
  return {
    name,
    version: versionOf(name, first.image),
    programs: { containers: [programOf(first), ...others.map(programOf)], folders },
    configs: Object.fromEntries(configs),
    startupPath: first.startupProbe?.httpGet?.path ?? '',
  };
}

function programOf({ name, command, args, env = [] }: Container): Programs['containers'][0] {
  const variables = env.map(({ name: variable, value = '', valueFrom }) => [
    variable,
    valueFrom ? { secret: valueFrom.secretKeyRef.name, key: valueFrom.secretKeyRef.key } : value,
  ]);
  return { name, command, args, env: Object.fromEntries(variables) };
}

function readObjects(folder: string): (ConfigMap | StatefulSet)[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(configmap|statefulset)\..*\.yaml$/.test(entry.name))
    .map((entry) => load(readFileSync(join(entry.parentPath, entry.name), 'utf8')) as ConfigMap | StatefulSet);
}

/** Whether it is OpenClaw. */
function readsConfig({ env = [] }: Container): boolean {
  return env.some(({ name }) => name === 'OPENCLAW_CONFIG_PATH');
}

function versionOf(name: string, reference: string): OpenClawVersion {
  const { tag = '' } = image(reference);
  if (!Object.hasOwn(profiles, tag)) throw new Error(`dist/${name} runs OpenClaw ${tag}, which has no profile`);
  return tag as OpenClawVersion;
}
