import { Size } from 'cdk8s';
import type { Grant } from '../access/grant.ts';
import { readCluster } from '../access/read-cluster.ts';
import { images } from '../images.ts';
import { callerSource } from '../origin.ts';
import type { PlacedAt, Tool, ToolPlan } from './tool.ts';

/** Reading tools of the server's toolset `core` (containers/kubernetes-mcp-server v0.0.67, `tools/list` under `read_only`). */
export type KubernetesTool =
  | 'events_list'
  | 'namespaces_list'
  | 'nodes_log'
  | 'nodes_stats_summary'
  | 'nodes_top'
  | 'pods_get'
  | 'pods_list'
  | 'pods_list_in_namespace'
  | 'pods_log'
  | 'pods_top'
  | 'projects_list'
  | 'resources_get'
  | 'resources_list';

/** Options of `kubernetesMcp()`. */
export interface KubernetesMcpOptions {
  /** What the agent needs it for, for the reviewer of the grants. */
  readonly because: string;
  /** What the server's own account may do. @default `readCluster` */
  readonly grants?: readonly [Grant, ...Grant[]];
  /** Tools to offer; nodes, metrics and OpenShift's projects need grants that `readCluster` does not give. @default what `readCluster` allows */
  readonly tools?: readonly [KubernetesTool, ...KubernetesTool[]];
}

/** Port of the server, as upstream's chart sets it. */
const port = 8080;
const configPath = '/etc/kubernetes-mcp-server/config.toml';

/** Tools that work with the grant `readCluster`. */
const readingTools: readonly KubernetesTool[] = [
  'events_list',
  'namespaces_list',
  'pods_get',
  'pods_list',
  'pods_list_in_namespace',
  'pods_log',
  'resources_get',
  'resources_list',
];

/**
 * Kinds that the server refuses whatever its grants are: what holds credentials, and what says who may do what. By version,
 * as the server compares them.
 */
const deniedKinds: readonly (readonly [group: string, kind: string])[] = [
  ['', 'ConfigMap'],
  ['', 'Secret'],
  ['', 'ServiceAccount'],
  ['rbac.authorization.k8s.io', 'ClusterRole'],
  ['rbac.authorization.k8s.io', 'ClusterRoleBinding'],
  ['rbac.authorization.k8s.io', 'Role'],
  ['rbac.authorization.k8s.io', 'RoleBinding'],
];

/**
 * Questions to the cluster, by MCP: containers/kubernetes-mcp-server, read-only, in a pod with an account of its own. The
 * agent's pod holds no token for the API server; the grants are those of this pod alone.
 */
export function kubernetesMcp(options: KubernetesMcpOptions): Tool<'restricted'> {
  const source = callerSource();
  const tools = options.tools ?? readingTools;
  return {
    name: 'kubernetes',
    place: 'pod',
    podSecurity: 'restricted',
    replaces: [],
    tools,
    findings: [],
    grants: (options.grants ?? [readCluster]).map((grant) => ({ grant, because: options.because, source })),
    plan: (at) => plan(at, tools),
  };
}

function plan({ host }: PlacedAt, tools: readonly KubernetesTool[]): ToolPlan {
  const healthy = { http: { path: '/healthz', port: 'mcp' } };
  return {
    container: {
      name: 'kubernetes-mcp-server',
      image: images.kubernetesMcpServer,
      command: ['/app/kubernetes-mcp-server', '--config', configPath],
      env: {},
      scratch: [],
      ports: [{ name: 'mcp', port }],
      probes: { startup: healthy, liveness: healthy, readiness: healthy },
      user: { uid: 65532, gid: 65532 },
      // Idle 65 MB; a list of every object of a large cluster is held as a whole.
      resources: {
        requests: { cpu: '20m', memory: Size.mebibytes(96) },
        limits: { memory: Size.mebibytes(512) },
      },
    },
    files: [{ path: configPath, text: config(tools) }],
    endpoint: { kind: 'mcp', url: `http://${host}:${port}/mcp` },
    flows: [],
  };
}

/**
 * As upstream's docs/configuration.md has it. `toolsets` leaves `config` out, which shows the kubeconfig; `stateless` lets
 * the pod be replaced without an agent's session going with it.
 */
function config(tools: readonly KubernetesTool[]): string {
  const lines = [
    `port = "${port}"`,
    'read_only = true',
    'stateless = true',
    'toolsets = ["core"]',
    `enabled_tools = [${tools.map((tool) => `"${tool}"`).join(', ')}]`,
    'cluster_provider_strategy = "in-cluster"',
  ];
  const denied = deniedKinds.map(
    ([group, kind]) => `\n[[denied_resources]]\ngroup = "${group}"\nversion = "v1"\nkind = "${kind}"\n`,
  );
  return `${lines.join('\n')}\n${denied.join('')}`;
}
