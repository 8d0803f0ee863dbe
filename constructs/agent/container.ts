import type { Size } from 'cdk8s';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IEnvVar } from 'kubernetes-models/v1/EnvVar';
import type { IProbe } from 'kubernetes-models/v1/Probe';
import type { IResourceRequirements } from 'kubernetes-models/v1/ResourceRequirements';
import type { IVolumeMount } from 'kubernetes-models/v1/VolumeMount';
import { type ClusterFacts, clusterImage } from '../facts.ts';
import { imageReference } from '../images.ts';
import type { Loose } from '../manifest.ts';
import type { SecretRef } from '../secrets/secret.ts';
import { caMounts, caVariables } from './ca-bundle.ts';
import type { ContainerPlan, Probe, Resources, User } from './plan.ts';

/** A container as the pod carries it. `podUser` is the pod's own, so that only a different one is written. */
export function containerSpec(
  plan: ContainerPlan,
  cluster: ClusterFacts,
  podUser: User,
  mounts: readonly Loose<IVolumeMount>[],
): Loose<IContainer> {
  const seen = [...mounts, ...caMounts(cluster.caBundle)];
  return {
    name: plan.name,
    image: imageReference(clusterImage(cluster, plan.image)),
    command: plan.command,
    args: plan.args,
    env: environment({ ...caVariables(cluster.caBundle), ...plan.env }),
    ports: plan.ports.length > 0 ? plan.ports.map(({ name, port }) => ({ name, containerPort: port })) : undefined,
    startupProbe: probe(plan.probes.startup, {
      periodSeconds: 5,
      failureThreshold: Math.ceil((plan.probes.startupSeconds ?? 120) / 5),
    }),
    livenessProbe: probe(plan.probes.liveness, { periodSeconds: 20, failureThreshold: 3 }),
    readinessProbe: probe(plan.probes.readiness, { periodSeconds: 10, failureThreshold: 3 }),
    resources: resourceSpec(plan.resources),
    securityContext: {
      ...(plan.user.uid === podUser.uid ? {} : { runAsUser: plan.user.uid }),
      ...(plan.user.gid === podUser.gid ? {} : { runAsGroup: plan.user.gid }),
      ...(plan.user.uid === 0 ? { runAsNonRoot: false } : {}),
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { ...(plan.capabilities ? { add: plan.capabilities } : {}), drop: ['ALL'] },
    },
    volumeMounts: seen.length > 0 ? seen : undefined,
  };
}

/** Environment variables in the order given. */
export function environment(env: Readonly<Record<string, string | SecretRef>>): Loose<IEnvVar>[] | undefined {
  const list = Object.entries(env).map(([name, value]) =>
    typeof value === 'string'
      ? { name, value }
      : { name, valueFrom: { secretKeyRef: { name: value.secret, key: value.key } } },
  );
  return list.length > 0 ? list : undefined;
}

function probe(
  plan: Probe | undefined,
  timing: { readonly periodSeconds: number; readonly failureThreshold: number },
): Loose<IProbe> | undefined {
  if (!plan) return undefined;
  const common = { ...timing, timeoutSeconds: 5 };
  if ('http' in plan) return { httpGet: { path: plan.http.path, port: plan.http.port }, ...common };
  if ('tcp' in plan) return { tcpSocket: { port: plan.tcp.port }, ...common };
  return { exec: { command: plan.exec }, ...common };
}

function resourceSpec({ requests, limits }: Resources): Loose<IResourceRequirements> {
  return {
    requests: { cpu: requests.cpu, memory: quantity(requests.memory) },
    limits: { ...(limits.cpu === undefined ? {} : { cpu: limits.cpu }), memory: quantity(limits.memory) },
  };
}

/** A size as a Kubernetes quantity, in the largest unit of which it is a whole number. */
export function quantity(size: Size): string {
  const kibibytes = size.toKibibytes();
  if (kibibytes % 1024 ** 2 === 0) return `${kibibytes / 1024 ** 2}Gi`;
  return kibibytes % 1024 === 0 ? `${kibibytes / 1024}Mi` : `${kibibytes}Ki`;
}
