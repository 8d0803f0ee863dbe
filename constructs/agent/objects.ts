import type { IHTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { IStatefulSetSpec } from 'kubernetes-models/apps/v1/StatefulSetSpec';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IPersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import type { IPersistentVolumeClaimSpec } from 'kubernetes-models/v1/PersistentVolumeClaimSpec';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { bindGrant, type ReasonedGrant } from '../access/rbac.ts';
import { declareExisting } from '../existing.ts';
import { type Loose, manifest, objectLabels, selectorLabels, verbatimManifest } from '../manifest.ts';
import { makeFence } from '../network/fence.ts';
import { report } from '../problem.ts';
import type { SecretObject } from '../secrets/backend.ts';
import { useSecret } from '../secrets/registry.ts';
import { copyScript, seedProblems } from '../seeds/init-container.ts';
import { agentChecksums } from './checksums.ts';
import { type PackedFiles, packConfig, packFiles } from './config-maps.ts';
import { quantity } from './container.ts';
import type { StateVolume } from './plan.ts';
import { podTemplate } from './pod.ts';
import { makeToolPod } from './tool-pod.ts';
import type { WiredAgent } from './wire.ts';

/** Everything that an agent's objects are made from. */
export interface AgentObjects {
  readonly agent: WiredAgent;
  readonly grants: readonly ReasonedGrant[];
  readonly skills: ReadonlyMap<string, PackedFiles>;
  readonly secrets: readonly SecretObject[];
  /** Name of each Secret to a text that changes with its values. */
  readonly secretChecksums: ReadonlyMap<string, string>;
}

/** Packs files and asks the secret backend, reporting what is wrong on `scope`. */
export function prepareObjects(scope: Construct, agent: WiredAgent, grants: readonly ReasonedGrant[]): AgentObjects {
  const { cluster, plan, props } = agent;
  if (plan.skills === undefined && agent.skills.length > 0) {
    report(scope, { message: `runtime ${props.runtime.name} reads no skills`, help: 'Remove them.' });
  }
  const skills = new Map(agent.skills.map(({ name, files }) => [name, packFiles(`skill ${name}`, files)]));
  for (const { problems } of skills.values()) report(scope, ...problems);
  report(scope, ...packConfig('configuration', plan.files).problems);
  for (const { tool, plan: toolPlan } of agent.tools) {
    report(scope, ...packConfig(`tool ${tool.name}`, toolPlan.files).problems);
  }
  report(scope, ...seedProblems(agent));
  for (const name of cluster.images.pullSecrets ?? []) {
    declareExisting(scope, { kind: 'Secret', namespace: agent.namespace, name });
  }
  const secrets: SecretObject[] = [];
  const secretChecksums = new Map<string, string>();
  for (const secret of agent.secrets) {
    const { namespace, secretName } = secret;
    useSecret(scope, namespace, secretName);
    const { objects, checksum, problems } = cluster.secrets.render(secret, cluster.ciphertext);
    report(scope, ...problems);
    // Said once: what refers to it is not wrong as well.
    if (problems.length > 0) declareExisting(scope, { kind: 'Secret', namespace, name: secretName });
    secrets.push(...objects);
    if (checksum !== undefined) secretChecksums.set(secretName, checksum);
  }
  if (!cluster.verbatim && secrets.some(({ text }) => text !== undefined)) {
    report(scope, {
      message: `secret backend ${cluster.secrets.name} needs chitin synth`,
      why: 'Its files are signed as they stand. Stock cdk8s writes them anew, and they could not be opened any more.',
      help: 'Make the agent below a Cluster, or give the attached app another backend.',
    });
  }
  return { agent, grants, skills, secrets, secretChecksums };
}

/** The StatefulSet's spec. */
export function statefulSetSpec({ agent, skills, secretChecksums }: AgentObjects): Loose<IStatefulSetSpec> {
  return {
    replicas: 1,
    serviceName: `${agent.name}-headless`,
    // With the default order a broken pod is never replaced by the commit that mends it.
    podManagementPolicy: 'Parallel',
    revisionHistoryLimit: 5,
    selector: { matchLabels: selectorLabels(agent.app, agent.name) },
    template: podTemplate(agent, skills, agentChecksums(agent, secretChecksums)),
    ...(agent.props.volumeClaimTemplates
      ? {
          persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
          volumeClaimTemplates: agent.plan.state.map((volume) => ({
            metadata: { name: volume.name },
            spec: claimSpec(agent, volume),
          })),
        }
      : {}),
  };
}

/** The agent's `storage` is the size of its first volume. */
function claimSpec({ plan, props, cluster }: WiredAgent, volume: StateVolume): Loose<IPersistentVolumeClaimSpec> {
  const size = volume === plan.state[0] ? (props.storage ?? volume.size) : volume.size;
  return {
    accessModes: ['ReadWriteOnce'],
    storageClassName: cluster.storageClass,
    resources: { requests: { storage: quantity(size) } },
  };
}

/** Makes every object of an agent but the StatefulSet. */
export function makeObjects(scope: Construct, made: AgentObjects): void {
  const { agent, grants, skills, secrets, secretChecksums } = made;
  const { name, app, namespace, plan, cluster, props } = agent;
  const labels = objectLabels(app, name);
  const meta = (suffix = '') => ({ name: `${name}${suffix}`, namespace, labels });
  const selector = selectorLabels(app, name);

  manifest<IServiceAccount>(scope, 'ServiceAccount', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: meta(),
    automountServiceAccountToken: false,
  });
  const ports = plan.containers.flatMap((container) => container.ports);
  const servicePorts = ports.map((port) => ({ name: port.name, port: port.port, targetPort: port.name }));
  manifest<IService>(scope, 'HeadlessService', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta('-headless'),
    spec: { clusterIP: 'None', selector, ports: servicePorts.length > 0 ? servicePorts : undefined },
  });
  if (servicePorts.length > 0) {
    manifest<IService>(scope, 'Service', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta(),
      spec: { selector, ports: servicePorts },
    });
  }
  manifest<IPodDisruptionBudget>(scope, 'PodDisruptionBudget', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: meta(),
    spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels: selector } },
  });
  if (!props.volumeClaimTemplates) {
    for (const volume of plan.state) {
      manifest<IPersistentVolumeClaim>(scope, `Claim-${volume.name}`, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { ...meta(`-${volume.name}`), annotations: { ...cluster.gitops.annotations('protected') } },
        spec: claimSpec(agent, volume),
      });
    }
  }
  const configMap = (suffix: string, data: Readonly<Record<string, string>>) =>
    manifest<IConfigMap>(scope, `ConfigMap${suffix}`, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: meta(suffix),
      data,
    });
  if (plan.files.length > 0) configMap('-config', packConfig('configuration', plan.files).data);
  for (const { tool, plan: toolPlan } of agent.tools) {
    if (toolPlan.files.length > 0) configMap(`-${tool.name}`, packConfig(tool.name, toolPlan.files).data);
  }
  for (const [skill, { data }] of skills) configMap(`-skill-${skill}`, data);
  if (props.seed) configMap('-seed-script', { 'copy.sh': copyScript });
  if (props.seed?.kind === 'files') configMap('-seed', packFiles('seed', props.seed.files).data);
  secrets.forEach(({ props: object, text }, index) => {
    const id = `Secret-${object.metadata?.name ?? index}`;
    if (text === undefined) new ApiObject(scope, id, object);
    else verbatimManifest(scope, id, object, text);
  });
  for (const grant of grants) bindGrant(scope, agent, grant);
  makeRoute(scope, agent);
  for (const tool of agent.tools) if (tool.tool.place === 'pod') makeToolPod(scope, agent, tool, secretChecksums);
  makeFence(scope, 'Fence', { name, namespace, labels: selector, flows: agent.flows }, cluster);
}

function makeRoute(scope: Construct, { name, app, namespace, plan, cluster, exposure }: WiredAgent): void {
  const port = plan.containers[0].ports.find((each) => each.name === plan.gatewayPort);
  const { gateway } = cluster;
  if (!exposure || !gateway || !port) return;
  manifest<IHTTPRoute>(scope, 'HTTPRoute', {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, namespace, labels: objectLabels(app, name) },
    spec: {
      parentRefs: [{ name: gateway.name, namespace: gateway.namespace, sectionName: gateway.listener }],
      hostnames: [exposure.host],
      rules: [{ backendRefs: [{ name, port: port.port }] }],
    },
  });
}
