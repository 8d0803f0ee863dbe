import type { IHTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IPersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { bindGrant } from '../access/rbac.ts';
import { declareExisting } from '../existing.ts';
import { manifest, objectLabels, selectorLabels, verbatimManifest } from '../manifest.ts';
import { makeFence } from '../network/fence.ts';
import { originOf } from '../origin.ts';
import { type Finding, find, report } from '../problem.ts';
import { type Reason, recordReasons } from '../reason.ts';
import type { SecretObject } from '../secrets/backend.ts';
import { pullSecretNames } from '../secrets/pull-secret.ts';
import { useSecret } from '../secrets/registry.ts';
import type { PlacedSecret } from '../secrets/secret.ts';
import { secretTypeProblems } from '../secrets/secret-type.ts';
import { copyScript, seederOf, seedProblems } from '../seeds/init-container.ts';
import { makeAlertmanagerConfigs } from './alertmanager.ts';
import { type PackedFiles, packConfig, packFiles } from './config-maps.ts';
import { makeVolumes } from './extra-volumes.ts';
import type { ContainerPort } from './plan.ts';
import { secretReasons } from './secret-reasons.ts';
import { claimSpec } from './stateful-set.ts';
import { makeToolPod } from './tool-pod.ts';
import type { WiredAgent } from './wire.ts';

/** Everything that an agent's objects are made from. */
export interface AgentObjects {
  readonly agent: WiredAgent;
  readonly skills: ReadonlyMap<string, PackedFiles>;
  readonly secrets: readonly AgentSecret[];
  /** Name of each Secret to a text that changes with its values. */
  readonly secretChecksums: ReadonlyMap<string, string>;
}

/** What the backend makes of one secret. */
interface AgentSecret {
  readonly secret: PlacedSecret;
  readonly objects: readonly SecretObject[];
  readonly findings: readonly Finding[];
}

/** Packs files and asks the secret backend, reporting what is wrong on `scope`. */
export function prepareObjects(scope: Construct, agent: WiredAgent): AgentObjects {
  const { cluster, plan, props } = agent;
  if (plan.skills === undefined && agent.skills.length > 0) {
    report(scope, { message: `runtime ${props.runtime.name} reads no skills`, help: 'Remove them.' });
  }
  const skills = new Map(agent.skills.map(({ name, files }) => [name, packFiles(`skill ${name}`, files)]));
  for (const { problems } of skills.values()) report(scope, ...problems);
  report(scope, ...packConfig('configuration', plan.files).problems);
  for (const { name, files } of plan.folders ?? []) report(scope, ...packFiles(name, files).problems);
  for (const { tool, plan: toolPlan } of agent.tools) {
    report(scope, ...packConfig(`tool ${tool.name}`, toolPlan.files).problems);
  }
  report(scope, ...seedProblems(agent));
  if (cluster.caBundle)
    declareExisting(scope, { kind: 'ConfigMap', namespace: agent.namespace, name: cluster.caBundle.configMap });
  for (const name of cluster.images.pullSecrets ?? []) {
    if (typeof name === 'string') declareExisting(scope, { kind: 'Secret', namespace: agent.namespace, name });
  }
  const pullSecrets = pullSecretNames(agent.name, cluster.images);
  const secrets: AgentSecret[] = [];
  const secretChecksums = new Map<string, string>();
  for (const secret of agent.secrets) {
    const { namespace, secretName } = secret;
    useSecret({ construct: scope, secret, askers: askersOf(agent, secret) });
    const { objects, checksum, findings, problems } = cluster.secrets.render(secret, cluster.ciphertext);
    report(scope, ...secretTypeProblems(secret), ...problems);
    find(scope, ...findings);
    // Something else makes it, or its problem is said already: what refers to it is not wrong as well.
    if (objects.length === 0) declareExisting(scope, { kind: 'Secret', namespace, name: secretName });
    secrets.push({ secret, objects, findings });
    // What pulls images is read when a pod starts, and never by it.
    if (checksum !== undefined && !pullSecrets.includes(secretName)) secretChecksums.set(secretName, checksum);
  }
  if (!cluster.verbatim && secrets.some(({ objects }) => objects.some(({ text }) => text !== undefined))) {
    report(scope, {
      message: `secret backend ${cluster.secrets.name} needs chitin synth`,
      why: 'Its files are signed as they stand. Stock cdk8s writes them anew, and they could not be opened any more.',
      help: 'Make the agent below a Cluster, or give the attached app another backend.',
    });
  }
  return { agent, skills, secrets, secretChecksums };
}

/** The parts that asked for each key of a Secret. */
function askersOf({ askers }: WiredAgent, { secretName, keys }: PlacedSecret): Record<string, readonly string[]> {
  return Object.fromEntries(Object.keys(keys).map((key) => [key, [...(askers.get(`${secretName}/${key}`) ?? [])]]));
}

/** Makes every object of an agent but the StatefulSet. */
export function makeObjects(scope: Construct, made: AgentObjects): void {
  const { agent, skills, secrets, secretChecksums } = made;
  const { name, app, namespace, plan, cluster, props, grants } = agent;
  const runtime = `runtime ${props.runtime.name}`;
  const labels = objectLabels(app, name);
  const meta = (suffix = '') => ({ name: `${name}${suffix}`, namespace, labels });
  const selector = selectorLabels(app, name);

  manifest<IServiceAccount>(
    scope,
    'ServiceAccount',
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: meta(),
      automountServiceAccountToken: false,
    },
    () => ({
      purpose: `account of agent ${name}${grants.length > 0 ? '' : ', without any grant'}`,
      parts: grants.map(({ grant, because, source }) => ({ what: `grant ${grant.name}`, because, source })),
    }),
  );
  const ports = plan.containers.flatMap((container) => container.ports);
  const servicePorts = ports.map((port) => ({ name: port.name, port: port.port, targetPort: port.name }));
  manifest<IService>(
    scope,
    'HeadlessService',
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta('-headless'),
      spec: { clusterIP: 'None', selector, ports: servicePorts.length > 0 ? servicePorts : undefined },
    },
    () => ({ purpose: `what the StatefulSet of agent ${name} has to name`, parts: portReasons(ports, runtime) }),
  );
  if (servicePorts.length > 0) {
    manifest<IService>(
      scope,
      'Service',
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: meta(),
        spec: { selector, ports: servicePorts },
      },
      () => ({ purpose: `address of agent ${name} in the cluster`, parts: portReasons(ports, runtime) }),
    );
  }
  manifest<IPodDisruptionBudget>(
    scope,
    'PodDisruptionBudget',
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: meta(),
      spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels: selector } },
    },
    () => ({ purpose: `lets nodes be drained though agent ${name} is one pod`, parts: [] }),
  );
  if (!props.volumeClaimTemplates) {
    for (const volume of plan.state) {
      manifest<IPersistentVolumeClaim>(
        scope,
        `Claim-${volume.name}`,
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: {
            ...meta(`-${volume.name}`),
            annotations: props.reclaim === 'Delete' ? {} : { ...cluster.gitops.annotations('protected') },
          },
          spec: claimSpec(agent, volume),
        },
        () => ({
          purpose: `volume ${volume.name} of agent ${name}`,
          parts: [
            { what: `volume ${volume.name}`, because: `state of ${runtime}`, details: [`mounted at ${volume.path}`] },
            ...(props.storage && volume === plan.state[0] ? [{ what: 'size', because: 'option storage' }] : []),
          ],
        }),
      );
    }
  }
  const configMap = (suffix: string, data: Readonly<Record<string, string>>, because: string) =>
    manifest<IConfigMap>(
      scope,
      `ConfigMap${suffix}`,
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: meta(suffix),
        data,
      },
      () => ({
        purpose: `files of agent ${name}`,
        parts: Object.keys(data).map((key) => ({ what: key, because })),
      }),
    );
  if (plan.files.length > 0) configMap('-config', packConfig('configuration', plan.files).data, runtime);
  for (const folder of plan.folders ?? [])
    configMap(`-${folder.name}`, packFiles(folder.name, folder.files).data, runtime);
  for (const { tool, plan: toolPlan } of agent.tools) {
    if (toolPlan.files.length === 0) continue;
    configMap(`-${tool.name}`, packConfig(tool.name, toolPlan.files).data, `tool ${tool.name}`);
  }
  for (const [skill, { data }] of skills) configMap(`-skill-${skill}`, data, `skill ${skill}`);
  if (props.seed && !seederOf(agent))
    configMap('-seed-script', { 'copy.sh': copyScript }, 'copies the seed of the workspace');
  if (props.seed?.kind === 'files')
    configMap('-seed', packFiles('seed', props.seed.files).data, 'seed of the workspace');
  makeVolumes(scope, agent);
  makeSecrets(scope, agent, secrets);
  for (const grant of grants) bindGrant(scope, agent, grant);
  makeRoute(scope, agent);
  makeAlertmanagerConfigs(scope, agent);
  for (const tool of agent.tools) makeToolPod(scope, agent, tool, secretChecksums);
  makeFence(scope, 'Fence', `agent ${name}`, { name, namespace, labels: selector, flows: agent.flows }, cluster);
}

function makeSecrets(scope: Construct, agent: WiredAgent, secrets: readonly AgentSecret[]): void {
  const labels = objectLabels(agent.app, agent.name);
  const all = secrets.flatMap(({ objects, ...rest }) => objects.map((object) => ({ ...object, ...rest })));
  for (const [index, { props: object, text, secret, findings }] of all.entries()) {
    const id = `Secret-${object.metadata?.name ?? index}`;
    const made =
      text === undefined
        ? new ApiObject(scope, id, { ...object, metadata: { ...object.metadata, labels } })
        : verbatimManifest(scope, id, object, text);
    recordReasons(made, () => ({ ...secretReasons(agent, secret), findings }));
  }
}

function portReasons(ports: readonly ContainerPort[], because: string): Reason[] {
  return ports.map(({ name, port }) => ({ what: `port ${name}:${port}`, because }));
}

function makeRoute(scope: Construct, { name, app, namespace, plan, cluster, exposure, exposed }: WiredAgent): void {
  const port = plan.containers.flatMap(({ ports }) => ports).find((each) => each.name === plan.gatewayPort);
  const { gateway } = cluster;
  if (!exposure || !gateway || !port) return;
  manifest<IHTTPRoute>(
    scope,
    'HTTPRoute',
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name, namespace, labels: objectLabels(app, name) },
      spec: {
        parentRefs: [{ name: gateway.name, namespace: gateway.namespace, sectionName: gateway.listener }],
        hostnames: [exposure.host],
        rules: [
          {
            timeouts: plan.openRequests ? { request: '0s' } : undefined,
            backendRefs: [{ name, port: port.port }],
          },
        ],
      },
    },
    () => ({
      purpose: `route to agent ${name}`,
      parts: [
        { what: `host ${exposure.host}`, because: 'expose()', source: exposed?.source },
        {
          what: `gateway ${gateway.namespace}/${gateway.name}`,
          because: `gateway of cluster ${cluster.name}`,
          source: originOf(scope.node.root).source,
        },
      ],
    }),
  );
}
