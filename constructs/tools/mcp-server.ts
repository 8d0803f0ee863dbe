import { Size } from 'cdk8s';
import type { ConfigFile, ContainerPlan, Probe, Resources, ScratchDir, User } from '../agent/plan.ts';
import type { Image } from '../images.ts';
import { baseUrlProblem } from '../network/base-url.ts';
import { type Flow, httpsTo } from '../network/flow.ts';
import type { Problem } from '../problem.ts';
import type { SecretNeed } from '../secrets/secret.ts';
import type { PlacedAt, TokenHeader, Tool, ToolPlan } from './tool.ts';

/** What every MCP server has. */
interface Common {
  /** DNS label: the agent's configuration, the tool's own objects and its secret are named after it. */
  readonly name: string;
  /** Names of the tools that it offers, for runtimes with an allow-list. @default none is known, so none is approved by name */
  readonly tools?: readonly string[];
  /** What the agent's own tools must not do as well. @default nothing */
  readonly replaces?: readonly 'web'[];
  /** Where the agent shows the token, such as `{ name: 'X-API-Key' }`. @default `{ name: 'Authorization', scheme: 'Bearer' }` */
  readonly tokenHeader?: TokenHeader;
}

/** An MCP server that is somewhere else. */
export interface RemoteMcpServer extends Common {
  /** Streamable HTTP endpoint, which the fence lets the agent open: host and port are derived from it. */
  readonly url: `https://${string}`;
  /** What its token is, when it wants one: key `token` of the secret that is named after it. @default none */
  readonly token?: string;
}

/** An MCP server that runs from an image. */
export interface McpServerImage extends Common {
  readonly image: Image;
  /**
   * `sidecar` shares the agent's network, and should listen on 127.0.0.1 alone; `pod` has a fence of its own.
   * @default 'pod'
   */
  readonly place?: 'sidecar' | 'pod';
  readonly port: number;
  /** Path of the streamable HTTP endpoint. @default '/mcp' */
  readonly path?: `/${string}`;
  /** @default the image's entry point */
  readonly command?: readonly string[];
  /** @default the image's own */
  readonly args?: readonly string[];
  /** Plain values. @default none */
  readonly env?: Readonly<Record<string, string>>;
  /** Variable to what it holds: each is a key of the secret that is named after the server. @default none */
  readonly secrets?: Readonly<Record<string, string>>;
  /** The one of `secrets` that is the token which the server wants of its callers. @default it wants none */
  readonly tokenVariable?: string;
  /** Connections that it opens. @default none */
  readonly flows?: readonly Flow[];
  /** Configuration files, mounted read-only. @default none */
  readonly files?: readonly ConfigFile[];
  /** Writable folders; the root file system is read-only. @default `/tmp` with 64 MiB */
  readonly scratch?: readonly ScratchDir[];
  /** Who the process is; never root. @default 65534:65534 */
  readonly user?: User;
  /** How the kubelet asks it. It does not reach the loopback of a sidecar, which needs `exec`. @default in a pod, a TCP connection; for a sidecar none */
  readonly probe?: Probe;
  /** @default 50m CPU and 128 MiB, at most 512 MiB */
  readonly resources?: Resources;
}

/** Any other MCP server over streamable HTTP, by its image or by its URL. */
export function mcpServer(options: RemoteMcpServer | McpServerImage): Tool<'restricted'> {
  const { name, tools = [], replaces = [] } = options;
  const remote = 'url' in options;
  return {
    name,
    place: remote ? 'remote' : (options.place ?? 'pod'),
    podSecurity: 'restricted',
    replaces,
    tools,
    findings: [],
    problems: [
      ...(remote ? remoteProblems(options) : imageProblems(options)),
      ...headerProblems(options, (remote ? options.token : options.tokenVariable) !== undefined),
    ],
    plan: (at) => (remote ? remotePlan(at, options) : imagePlan(at, options)),
  };
}

function remoteProblems({ name, url }: RemoteMcpServer): Problem[] {
  const problem = baseUrlProblem(`tool ${name}: url`, url);
  return problem ? [problem] : [];
}

function headerProblems({ name, tokenHeader }: Common, hasToken: boolean): Problem[] {
  if (tokenHeader === undefined) return [];
  const what = `tool ${name}: tokenHeader`;
  const tokenless: Problem = {
    message: `${what}, and no token`,
    help: 'Say what the token is: `token` of a server by its URL, `tokenVariable` of one by its image.',
  };
  // Neither is repeated: whoever mistakes it for the whole header has put the token there.
  const notAName: Problem = {
    message: `${what}: \`name\` is not the name of a header`,
    why: 'It is written into the configuration of the agent, where everybody can read it.',
    help: 'Use letters, digits, "_" and "-", such as X-API-Key. The token itself belongs into the secret.',
  };
  const notAScheme: Problem = {
    message: `${what}: \`scheme\` is not the name of a scheme`,
    why: 'It is written into the configuration of the agent, where everybody can read it.',
    help: 'Use one word, such as Bearer, or leave it out. The token itself belongs into the secret.',
  };
  const { name: header, scheme = 'Bearer' } = tokenHeader;
  return [
    ...(hasToken ? [] : [tokenless]),
    ...(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/.test(header) ? [] : [notAName]),
    ...(/^[A-Za-z][A-Za-z0-9-]{0,19}$/.test(scheme) ? [] : [notAScheme]),
  ];
}

function imageProblems({ name, secrets = {}, tokenVariable, user }: McpServerImage): Problem[] {
  const variables = Object.keys(secrets);
  return [
    ...(user?.uid === 0
      ? [
          {
            message: `tool ${name}: uid 0 under Pod Security level restricted`,
            why: 'The API server refuses a pod that runs as root there.',
            help: 'Give another uid.',
          },
        ]
      : []),
    ...(tokenVariable === undefined || variables.includes(tokenVariable)
      ? []
      : [
          {
            message: `tool ${name}: tokenVariable "${tokenVariable}" is not one of its secrets`,
            help: variables.length > 0 ? `It has: ${variables.join(', ')}.` : 'It has none.',
          },
        ]),
  ];
}

function remotePlan(at: PlacedAt, { name, url, token, tokenHeader }: RemoteMcpServer): ToolPlan {
  const need: SecretNeed | undefined = token === undefined ? undefined : { name, keys: { token } };
  const { hostname, port } = URL.parse(url) ?? { hostname: 'invalid', port: '' };
  return {
    files: [],
    endpoint: { kind: 'mcp', url, auth: need && at.secret(need, 'token'), header: tokenHeader },
    flows: [httpsTo(hostname, `tool ${name}`, port === '' ? 443 : Number(port))],
  };
}

function imagePlan(at: PlacedAt, options: McpServerImage): ToolPlan {
  const { name, port, secrets = {}, tokenVariable, user = { uid: 65534, gid: 65534 } } = options;
  const env: Record<string, ContainerPlan['env'][string]> = { ...options.env };
  for (const variable of Object.keys(secrets)) env[variable] = at.secret({ name, keys: secrets }, variable);
  const token = tokenVariable === undefined ? undefined : env[tokenVariable];
  const inPod = at.place === 'pod';
  const probe = options.probe ?? (inPod ? { tcp: { port: 'mcp' } } : undefined);
  return {
    container: {
      name,
      image: options.image,
      command: options.command,
      args: options.args,
      env,
      scratch: options.scratch ?? [{ path: '/tmp', size: Size.mebibytes(64) }],
      // A sidecar on loopback has no port that anybody else could use.
      ports: inPod ? [{ name: 'mcp', port }] : [],
      probes: { startup: probe, liveness: probe, readiness: inPod ? probe : undefined },
      user,
      resources: options.resources ?? {
        requests: { cpu: '50m', memory: Size.mebibytes(128) },
        limits: { memory: Size.mebibytes(512) },
      },
    },
    files: options.files ?? [],
    endpoint: {
      kind: 'mcp',
      url: `http://${at.host}:${port}${options.path ?? '/mcp'}`,
      auth: typeof token === 'object' ? token : undefined,
      header: options.tokenHeader,
    },
    flows: options.flows ?? [],
  };
}
