import { Duration, Size } from 'cdk8s';
import type { Plan, Runtime, Wiring } from '../../agent/plan.ts';
import { images } from '../../images.ts';
import { type Flow, httpsTo } from '../../network/flow.ts';
import { dialect, type Spoken, spoken } from './channels.ts';
import { findingsOf, problemsOf } from './checks.ts';
import { configOf, drainSeconds } from './config.ts';
import { configFile, dataFolder, skillsFolder, statusPort, webhookPort, workspaceFolder } from './layout.ts';
import type { ChitinOptions, ChitinPatches } from './options.ts';
import { readableNamespaces } from './tools.ts';

/**
 * The agent runtime of this project (`runtime/`): models with fallbacks, MCP tools, read-only views of Kubernetes, chats and
 * webhooks, and a durable message store. No tool of it changes anything but its own volume and, with `patches`, a branch of a
 * repository. Every secret is a file, which is read again at each use, so that a new value needs no restart.
 *
 * A grant that reads makes the views of Kubernetes; without one the pod has no token. Skills of the agent are in place of
 * those that a seed puts into the workspace. Its message store needs working file locks: a storage class on NFS will not do.
 *
 * `kubectl exec -it -n <namespace> <agent>-0 -- node src/main.ts chat` talks with it.
 */
export function chitin(options: ChitinOptions = {}): Runtime<Spoken> {
  return {
    name: 'chitin',
    version: images.chitinRuntime.tag ?? '',
    dialect,
    modelApis: ['anthropic', 'google', 'openai'],
    toolKinds: ['mcp'],
    plan: (wiring) => plan(options, wiring),
  };
}

const program = ['node', 'src/main.ts'] as const;

function plan(options: ChitinOptions, wiring: Wiring): Plan {
  const { config, secretFolders } = configOf(options, wiring);
  const kinds = spoken(wiring).map(({ kind }) => kind);
  const called = kinds.includes('webhook');
  const granted = readableNamespaces(wiring).length > 0;
  const alive = { http: { path: '/healthz', port: 'status' } };
  // matrix-js-sdk, the client of the API server and git take about 100 MB each, over some 120 of the program itself.
  const heavy = [kinds.includes('matrix'), granted, options.patches !== undefined].filter(Boolean).length;
  return {
    containers: [
      {
        name: 'agent',
        image: options.image ?? images.chitinRuntime,
        command: [...program, 'agent'],
        env: { CHITIN_CONFIG: configFile },
        // Compiled code, so that a restart of the container is faster.
        scratch: [{ path: '/tmp', size: Size.mebibytes(128) }],
        ports: [{ name: 'status', port: statusPort }, ...(called ? [{ name: 'webhook', port: webhookPort }] : [])],
        probes: { startup: alive, liveness: alive, readiness: { http: { path: '/readyz', port: 'status' } } },
        user: { uid: 65532, gid: 65532 },
        resources: {
          requests: { cpu: '50m', memory: Size.mebibytes(128) },
          limits: { memory: Size.mebibytes(256 + heavy * 128) },
        },
        secretFolders,
        apiToken: granted,
      },
    ],
    files: [{ path: configFile, text: `${JSON.stringify(config, null, 2)}\n` }],
    state: [{ name: 'state', path: dataFolder, size: Size.gibibytes(1) }],
    workspace: workspaceFolder,
    skills: skillsFolder,
    seeder: {
      command: [...program, 'seed'],
      resources: {
        requests: { cpu: '10m', memory: Size.mebibytes(64) },
        limits: { memory: Size.mebibytes(256) },
      },
    },
    podSecurity: { level: 'restricted' },
    // Listeners, tools and the log close after the runs.
    shutdown: Duration.seconds(drainSeconds(options) + 10),
    webhooks: called ? { port: 'webhook', path: '/hooks' } : undefined,
    flows: [
      ...(options.patches ? patchFlows(options.patches) : []),
      ...(options.scrapedBy ?? []).map(
        (peer): Flow => ({ direction: 'in', peer, ports: [{ port: statusPort }], because: 'option scrapedBy' }),
      ),
    ],
    findings: findingsOf(options, wiring),
    problems: problemsOf(options, wiring),
  };
}

/** The repository, and the API where it is on a host of its own. A URL that is none is a problem already. */
function patchFlows({ url, api, forge }: ChitinPatches): Flow[] {
  const places = [url, api ?? (forge === 'github' && URL.parse(url)?.hostname === 'github.com' ? githubApi : url)];
  const hosts = new Set(places.flatMap((place) => URL.parse(place)?.host ?? []));
  return [...hosts].map((host) => {
    const [name = '', port] = host.split(':');
    return httpsTo(name, 'pull requests of runtime chitin', port === undefined ? 443 : Number(port));
  });
}

/** runtime/src/forge.ts. */
const githubApi = 'https://api.github.com';
