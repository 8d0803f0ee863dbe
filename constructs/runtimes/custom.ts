import { Duration, Size } from 'cdk8s';
import type {
  ConfigFile,
  ContainerPlan,
  ContainerPort,
  Plan,
  Probes,
  Resources,
  Runtime,
  ScratchDir,
  StateVolume,
  User,
  Wiring,
} from '../agent/plan.ts';
import type { Image } from '../images.ts';
import type { Flow } from '../network/flow.ts';
import type { PodSecurityLevel } from '../pod-security.ts';
import type { SecretNeed, SecretRef } from '../secrets/secret.ts';

/** A secret that a custom program takes from its environment. */
export interface CustomSecret {
  readonly need: SecretNeed;
  readonly key: string;
}

/** Options of `custom()`. */
export interface CustomOptions<L extends PodSecurityLevel = PodSecurityLevel> {
  readonly image: Image;
  /** Who the process is; the image must work as this user. Uid 0 needs `podSecurity`. */
  readonly user: User;
  /** @default the image's entry point */
  readonly command?: readonly string[];
  /** @default the image's own */
  readonly args?: readonly string[];
  /** Plain values, secrets, or values that depend on the agent's model, tools and channels. @default none */
  readonly env?:
    | Readonly<Record<string, string | CustomSecret>>
    | ((wiring: Wiring) => Readonly<Record<string, string | CustomSecret>>);
  /** @default none */
  readonly ports?: readonly ContainerPort[];
  /** Name of the port that a route leads to. @default the first port */
  readonly gatewayPort?: string;
  /** @default none */
  readonly probes?: Probes;
  /** Persistent folders; the claim of the first takes the agent's `storage`. @default none */
  readonly state?: readonly { readonly name: string; readonly path: string; readonly size?: Size }[];
  /** Writable folders that may be lost with the pod; the root file system is read-only. @default `/tmp` with 64 MiB */
  readonly scratch?: readonly ScratchDir[];
  /** Configuration files, mounted read-only. @default none */
  readonly files?: readonly ConfigFile[] | ((wiring: Wiring) => readonly ConfigFile[]);
  /** Folder on a state volume that seeds are put into. @default none */
  readonly workspace?: string;
  /** Folder that gets one folder per skill. @default none */
  readonly skills?: string;
  /** Whether the image has `/bin/sh`, `cp`, `mv`, `rm`, `mkdir`, `rmdir` and `chmod`, for seeds. @default false */
  readonly shell?: boolean;
  /** @default 100m CPU and 256 MiB, at most 512 MiB */
  readonly resources?: Resources;
  /** Connections beside those of model, channels and tools. @default none */
  readonly flows?: readonly Flow[];
  /** Longest orderly stop. @default 30 s */
  readonly shutdown?: Duration;
  /** Strictest Pod Security level that admits the program, with the reason when it is not `restricted`. @default restricted */
  readonly podSecurity?: { readonly level: L; readonly because: string };
}

/** Any other program, by its image. It gets no channel: what it talks to is in its own `env` and `flows`. */
export function custom(options: CustomOptions): Runtime<never> {
  return {
    name: 'custom',
    version: options.image.tag ?? '',
    dialect: {},
    modelApis: ['anthropic', 'google', 'openai'],
    toolKinds: ['mcp', 'cdp', 'programs'],
    plan: (wiring) => plan(options, wiring),
  };
}

function plan(options: CustomOptions, wiring: Wiring): Plan {
  const env: Record<string, string | SecretRef> = {};
  const given = typeof options.env === 'function' ? options.env(wiring) : (options.env ?? {});
  for (const [name, value] of Object.entries(given)) {
    env[name] = typeof value === 'string' ? value : wiring.secret(value.need, value.key);
  }
  const ports = options.ports ?? [];
  const container: ContainerPlan = {
    name: 'agent',
    image: options.image,
    command: options.command,
    args: options.args,
    env,
    scratch: options.scratch ?? [{ path: '/tmp', size: Size.mebibytes(64) }],
    ports,
    probes: options.probes ?? {},
    user: options.user,
    resources: options.resources ?? {
      requests: { cpu: '100m', memory: Size.mebibytes(256) },
      limits: { memory: Size.mebibytes(512) },
    },
  };
  const level = options.podSecurity?.level ?? 'restricted';
  const rooted = options.user.uid === 0 && level === 'restricted';
  const state: StateVolume[] = (options.state ?? []).map((volume) => ({
    ...volume,
    size: volume.size ?? Size.gibibytes(1),
  }));
  return {
    containers: [container],
    files: typeof options.files === 'function' ? options.files(wiring) : (options.files ?? []),
    state,
    workspace: options.workspace,
    skills: options.skills,
    shell: options.shell ? options.image : undefined,
    podSecurity: { level, because: options.podSecurity?.because },
    shutdown: options.shutdown ?? Duration.seconds(30),
    gatewayPort: options.gatewayPort ?? ports[0]?.name,
    flows: options.flows ?? [],
    findings: [],
    problems: [
      ...(rooted
        ? [
            {
              message: 'runtime custom: uid 0 under Pod Security level restricted',
              why: 'The API server refuses a pod that runs as root there.',
              help: 'Give another uid, or say `podSecurity` with the reason.',
            },
          ]
        : []),
    ],
  };
}
