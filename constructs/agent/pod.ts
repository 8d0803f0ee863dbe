import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec';
import type { IVolumeMount } from 'kubernetes-models/v1/VolumeMount';
import { grantCauses } from '../access/rbac.ts';
import { clusterImage } from '../facts.ts';
import { image, imageReference } from '../images.ts';
import { type Loose, objectLabels } from '../manifest.ts';
import type { Reason } from '../reason.ts';
import { seedPart } from '../seeds/init-container.ts';
import { apiTokenVolume, tokenFolder } from './api-token.ts';
import { caVolume } from './ca-bundle.ts';
import type { Checksums } from './checksums.ts';
import type { PackedFiles } from './config-maps.ts';
import { containerSpec, environment } from './container.ts';
import { extraMounts } from './extra-volumes.ts';
import type { ContainerPlan } from './plan.ts';
import { planMounts } from './plan-mounts.ts';
import { podDefaults } from './pod-defaults.ts';
import { toolPrograms } from './tool-programs.ts';
import { PodVolumes } from './volumes.ts';
import type { WiredAgent } from './wire.ts';

/** The pod of an agent, and why each container and volume is in it. */
export interface AgentPod {
  readonly template: Loose<IPodTemplateSpec>;
  readonly reasons: readonly Reason[];
}

/** Makes the pod of an agent. */
export function agentPod(agent: WiredAgent, skills: ReadonlyMap<string, PackedFiles>, checksums: Checksums): AgentPod {
  const { plan, props, cluster, name } = agent;
  const [program, ...others] = plan.containers;
  const runtime = `runtime ${props.runtime.name}`;
  const volumes = new PodVolumes();
  const containers: Reason[] = [];
  const noted = <T extends { readonly name: string }>(container: T, because: string): T => {
    containers.push({ what: `container ${container.name}`, because });
    return container;
  };
  const state = plan.state.map(({ name: volume, path, subPath }) => {
    if (!props.volumeClaimTemplates) {
      const claim = { claimName: `${name}-${volume}` };
      volumes.add({ name: volume, persistentVolumeClaim: claim }, { because: `state of ${runtime}` });
    }
    return { name: volume, mountPath: path, subPath };
  });
  const before = (plan.init ?? []).map((container) => {
    const mounts = [
      ...planMounts(agent, container, volumes),
      ...volumes.secrets(container, runtime),
      ...volumes.scratch(container, runtime),
    ];
    return noted(containerSpec(container, cluster, program.user, mounts), runtime);
  });
  const copier = seedPart(agent, volumes, state);
  const seed = copier && noted(copier, 'seed of the workspace');
  const sidecars = agent.tools.flatMap(({ tool, instance, plan: { container, files } }) => {
    if (tool.place !== 'sidecar' || !container) return [];
    const part = `tool ${tool.name}`;
    const mounts = [...volumes.scratch(container, part), ...volumes.files(files, instance, part)];
    return noted({ ...containerSpec(container, cluster, program.user, mounts), restartPolicy: 'Always' }, part);
  });
  const programs = toolPrograms(agent, volumes);
  const token = tokenMounts(agent, volumes);
  const mounts = [
    ...state,
    ...planMounts(agent, program, volumes),
    ...volumes.secrets(program, runtime),
    ...volumes.scratch(program, runtime),
    ...volumes.files(plan.files, `${name}-config`, runtime),
    ...programs.mounts,
  ];
  const given = [
    ...(plan.skills === undefined ? [] : skillMounts(name, plan.skills, skills, volumes)),
    ...credentialMounts(agent, volumes),
  ];
  mounts.push(...given, ...token(program));
  const extra = extraMounts(agent, volumes);
  mounts.push(...extra);
  if (cluster.caBundle) volumes.add(caVolume(cluster.caBundle), { because: `CA bundle of cluster ${cluster.name}` });
  const main = containerSpec(
    { ...program, env: { ...programs.env(program), ...credentialEnv(agent) } },
    cluster,
    program.user,
    mounts,
  );
  const template: Loose<IPodTemplateSpec> = {
    metadata: {
      labels: objectLabels(agent.app, name),
      annotations: {
        'kubectl.kubernetes.io/default-container': program.name,
        ...checksums,
      },
    },
    spec: {
      serviceAccountName: name,
      ...podDefaults(agent.name, cluster, program.user),
      terminationGracePeriodSeconds: plan.shutdown.toSeconds(),
      priorityClassName: props.priorityClassName,
      nodeSelector: props.nodeSelector,
      tolerations: props.tolerations,
      affinity: props.affinity,
      topologySpreadConstraints: props.topologySpreadConstraints,
      runtimeClassName: props.runtimeClassName,
      initContainers: nonEmpty([
        ...before,
        ...(seed ? [seed] : []),
        ...programs.containers.map(({ spec, part }) => noted(spec, part)),
        ...sidecars,
      ]),
      containers: [
        noted({ ...main, env: overridden(main.env, props.env), resources: props.resources ?? main.resources }, runtime),
        ...others.map((container) => {
          const env = { ...programs.env(container), ...(container.runsCommands ? credentialEnv(agent) : {}) };
          const seen = [
            ...planMounts(agent, container, volumes),
            ...volumes.secrets(container, runtime),
            ...volumes.scratch(container, runtime),
            ...programs.mounts,
            ...(container.runsCommands ? [...given, ...extra] : []),
            ...token(container),
          ];
          return noted(containerSpec({ ...container, env }, cluster, program.user, seen), runtime);
        }),
        ...(props.containers ?? []).map((container) => noted(mirrored(container, cluster), 'option containers')),
      ],
      volumes: nonEmpty(volumes.list()),
    },
  };
  return { template, reasons: [...containers, ...volumes.reasons] };
}

/** A container of the author's with its image as the cluster runs it. */
function mirrored(container: Loose<IContainer>, cluster: WiredAgent['cluster']): Loose<IContainer> {
  if (container.image === undefined) return container;
  return { ...container, image: imageReference(clusterImage(cluster, image(container.image))) };
}

/** The token of the grants, for the containers that call the API server. */
function tokenMounts(
  { plan, grants }: WiredAgent,
  volumes: PodVolumes,
): (container: ContainerPlan) => Loose<IVolumeMount>[] {
  const said = plan.containers.filter(({ apiToken }) => apiToken);
  const callers = said.length > 0 ? said : [plan.containers[0]];
  return (container) => {
    if (grants.length === 0 || !callers.includes(container)) return [];
    volumes.add(apiTokenVolume, ...grantCauses(grants));
    return [{ name: apiTokenVolume.name, mountPath: tokenFolder, readOnly: true }];
  };
}

/** Each skill is a subPath of its volume: a plain folder with plain files, where a whole ConfigMap volume is made of symlinks. */
function skillMounts(
  agent: string,
  folder: string,
  skills: ReadonlyMap<string, PackedFiles>,
  volumes: PodVolumes,
): Loose<IVolumeMount>[] {
  return [...skills].map(([skill, { items }]) => {
    const volume = `skill-${skill}`;
    volumes.add(
      {
        name: volume,
        configMap: {
          name: `${agent}-skill-${skill}`,
          // Scripts of skills are run from where they lie.
          defaultMode: 0o555,
          items: items.map(({ key, path }) => ({ key, path: `${skill}/${path}` })),
        },
      },
      { because: `skill ${skill}` },
    );
    return { name: volume, mountPath: `${folder}/${skill}`, subPath: skill, readOnly: true };
  });
}

function credentialMounts(agent: WiredAgent, volumes: PodVolumes): Loose<IVolumeMount>[] {
  return (agent.props.credentials ?? []).map(({ need, folder }) => {
    const volume = `credential-${need.name}`;
    const secret = { secretName: `${agent.name}-${need.name}`, defaultMode: 0o440 };
    volumes.add({ name: volume, secret }, { because: `credential ${need.name}` });
    return { name: volume, mountPath: folder, readOnly: true };
  });
}

function credentialEnv(agent: WiredAgent): Record<string, string> {
  return Object.assign({}, ...(agent.props.credentials ?? []).map(({ env }) => env));
}

/** Variables in their order, replaced where they stand: later ones may refer to them. */
function overridden(env: Loose<IContainer>['env'], extra: WiredAgent['props']['env']): Loose<IContainer>['env'] {
  if (!extra) return env;
  const given = environment(extra) ?? [];
  const replaced = (env ?? []).map((entry) => given.find(({ name }) => name === entry.name) ?? entry);
  return [...replaced, ...given.filter((entry) => !replaced.includes(entry))];
}

/** A list, or nothing when it is empty. */
function nonEmpty<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}
