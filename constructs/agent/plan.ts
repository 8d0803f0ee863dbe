import type { Duration, Size } from 'cdk8s';
import type { IResourceRequirements } from 'kubernetes-models/v1/ResourceRequirements';
import type { Grant } from '../access/grant.ts';
import type { ChannelKind, ChannelOf, Channels } from '../channels/channel.ts';
import type { ClusterFacts } from '../facts.ts';
import type { Image } from '../images.ts';
import type { Loose } from '../manifest.ts';
import type { ModelApi } from '../models/provider.ts';
import type { ModelRoute } from '../models/route.ts';
import type { Flow, Peer } from '../network/flow.ts';
import type { PodSecurityLevel } from '../pod-security.ts';
import type { Finding, Problem } from '../problem.ts';
import type { SecretNeed, SecretRef } from '../secrets/secret.ts';
import type { PlacedSkill } from '../skills/skill.ts';
import type { Endpoint, PlacedTool } from '../tools/tool.ts';

/** A program that can live in an agent pod: one pure function from the agent's wiring to what the pod needs. */
export interface Runtime<C extends ChannelKind = ChannelKind> {
  /** The program's own name, lowercase. */
  readonly name: string;
  /** Version of the program that the adapter was checked with. */
  readonly version: string;
  /** One entry for each kind of channel that the program speaks: its options as the program's configuration. */
  readonly dialect: { readonly [K in C]: (options: Channels[K]) => unknown };
  /** Protocols of model providers that it speaks. @default Anthropic's and OpenAI's */
  readonly modelApis?: readonly ModelApi[] | undefined;
  /** Kinds of tools that it can use. @default MCP servers, and programs on the PATH */
  readonly toolKinds?: readonly Endpoint['kind'][] | undefined;
  plan(wiring: Wiring): Plan;
}

/** What surrounds the program, with every name resolved. */
export interface Wiring {
  readonly agent: { readonly name: string; readonly app: string; readonly namespace: string };
  readonly model: ModelRoute;
  readonly channels: readonly ChannelOf<ChannelKind>[];
  readonly tools: readonly PlacedTool[];
  readonly skills: readonly PlacedSkill[];
  /** Whether files are seeded into the workspace, which needs a shell image. */
  readonly seeded: boolean;
  /** Names of the variables that hold paths of credentials, for programs that start others with an environment of their own. */
  readonly credentialVariables: readonly string[];
  readonly exposure?: Exposure | undefined;
  /** What the agent's ServiceAccount may do at the API server. */
  readonly grants: readonly Grant[];
  /** Who calls the program from inside the cluster, without the gateway: webhooks. */
  readonly callers: readonly Peer[];
  readonly cluster: ClusterFacts;
  /** Resources that the author gives the program instead of the plan's, for programs that have to be told their memory. */
  readonly resources?: Loose<IResourceRequirements> | undefined;
  /** Asks for one key of a secret; asking is what makes the Secret exist. */
  secret(need: SecretNeed, key: string): SecretRef;
}

/** How people reach the agent through the cluster's gateway. */
export interface Exposure {
  readonly host: string;
  /** `https://claw.example.org`. */
  readonly origin: string;
}

/** What the pod needs. */
export interface Plan {
  /** The program itself comes first. State, scratch and configuration files are mounted into it; the others say what they see. */
  readonly containers: readonly [ContainerPlan, ...ContainerPlan[]];
  /** Containers that run to their end before the program starts, in this order, and before the seed. @default none */
  readonly init?: readonly ContainerPlan[] | undefined;
  /** Configuration files, mounted read-only from one ConfigMap into the first container. */
  readonly files: readonly ConfigFile[];
  /** Configuration that is mounted as a whole folder, each from a ConfigMap of its own. @default none */
  readonly folders?: readonly ConfigFolder[] | undefined;
  readonly state: readonly StateVolume[];
  /** Writable folders that several containers see, and that go with the pod. @default none */
  readonly shared?: readonly SharedDir[] | undefined;
  /** Absolute path of the workspace that seeds are put into; undefined when the program has none. */
  readonly workspace?: string | undefined;
  /** Absolute path of the folder that gets one folder per skill; undefined when the program reads no skills. */
  readonly skills?: string | undefined;
  /** An image with `/bin/sh`, `cp`, `mv`, `rm`, `mkdir`, `rmdir` and `chmod`, for seeds; undefined when the program has none. */
  readonly shell?: Image | undefined;
  /** What copies seeds in place of the shell, where the seed can be mounted. @default none */
  readonly seeder?: Seeder | undefined;
  readonly podSecurity: { readonly level: PodSecurityLevel; readonly because?: string | undefined };
  /** Longest orderly stop. */
  readonly shutdown: Duration;
  /** Name of the port, of any container, that the gateway's route leads to; undefined when the program serves nothing. */
  readonly gatewayPort?: string | undefined;
  /**
   * Whether requests through the gateway stay open for as long as they like: WebSockets, streamed answers. The route then
   * switches the gateway's own limit off (`timeouts.request: 0s`, an extended feature of HTTPRoute).
   * @default false: the gateway's own limit
   */
  readonly openRequests?: boolean | undefined;
  /**
   * Where the sources of a webhook channel post: name of a port of a container, and the path that `/<source>` is
   * appended to. A runtime that speaks webhooks says it. @default none
   */
  readonly webhooks?: { readonly port: string; readonly path: string } | undefined;
  readonly flows: readonly Flow[];
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
}

/** A copier of seeds in the program's own image: it sees the environment, the configuration and the volume of the workspace. */
export interface Seeder {
  /** The folder with the seed becomes its last argument. */
  readonly command: readonly string[];
  readonly resources: Resources;
}

/** One container of a plan. */
export interface ContainerPlan {
  readonly name: string;
  readonly image: Image;
  readonly command?: readonly string[] | undefined;
  readonly args?: readonly string[] | undefined;
  /** In this order; a value may refer to an earlier variable as `$(NAME)`, which Kubernetes expands. */
  readonly env: Readonly<Record<string, string | SecretRef>>;
  /** Writable folders that may be lost with the pod. */
  readonly scratch: readonly ScratchDir[];
  readonly ports: readonly ContainerPort[];
  readonly probes: Probes;
  readonly user: User;
  readonly resources: Resources;
  /** Volumes of the plan (state, shared, folders) that it sees, beside its own scratch. @default none */
  readonly mounts?: readonly Mount[] | undefined;
  /** Secrets that it reads as files. @default none: secrets are in `env` */
  readonly secretFolders?: readonly SecretFolder[] | undefined;
  /** Whether it calls the API server with the agent's grants. @default the first container of the plan, when none says so */
  readonly apiToken?: boolean | undefined;
  /**
   * Whether it runs the agent's commands: it then sees skills, credentials and the author's volumes where the first
   * container does. @default false
   */
  readonly runsCommands?: boolean | undefined;
  /** Capabilities that it keeps; each weakens the pod. @default none */
  readonly capabilities?: readonly string[] | undefined;
}

/** A volume of the plan in one container. */
export interface Mount {
  /** Name of a state volume, a shared folder or a configuration folder. */
  readonly volume: string;
  /** Absolute path in the container. */
  readonly path: string;
  /** Folder or file of the volume. @default the whole volume */
  readonly subPath?: string | undefined;
  /** @default false, true for configuration */
  readonly readOnly?: boolean | undefined;
}

/** Keys of one Secret as the files of a folder, which follow the Secret while the pod runs. */
export interface SecretFolder {
  /** Name of the Secret. */
  readonly secret: string;
  readonly keys: readonly string[];
  /** Absolute path; its last part, unique in the pod, names the volume. */
  readonly path: string;
}

/** A configuration file as the program reads it. */
export interface ConfigFile {
  /** Absolute path in the container. */
  readonly path: string;
  readonly text: string;
}

/** Configuration files in one folder: ConfigMap `<agent>-<name>`, and volume `<name>` for `mounts`. */
export interface ConfigFolder {
  readonly name: string;
  /** Relative path with forward slashes to content. */
  readonly files: Readonly<Record<string, string>>;
}

/** A writable folder that several containers of the pod see. */
export interface SharedDir {
  readonly name: string;
  readonly size: Size;
  /** In memory instead of on the node's disk. @default false */
  readonly memory?: boolean | undefined;
}

/** A folder on a persistent volume of its own. */
export interface StateVolume {
  /** Suffix of the claim's name: agent `claw` and volume `state` make `claw-state`. */
  readonly name: string;
  /** Where the program sees it. */
  readonly path: string;
  /** Folder of the volume that is mounted at `path`, for programs that have to own it: an init container makes it. @default the whole volume */
  readonly subPath?: string | undefined;
  readonly size: Size;
}

/** A writable folder that goes with the pod. */
export interface ScratchDir {
  readonly path: string;
  readonly size: Size;
  /** In memory instead of on the node's disk. @default false */
  readonly memory?: boolean | undefined;
}

/** A TCP port that a container listens on. Its name is at most 15 lowercase letters, digits and hyphens. */
export interface ContainerPort {
  readonly name: string;
  readonly port: number;
}

/** How the kubelet asks a container. */
export type Probe =
  | { readonly http: { readonly path: string; readonly port: string } }
  | { readonly tcp: { readonly port: string } }
  | { readonly exec: readonly string[] };

/** Probes; `startup` may fail for `startupSeconds` before the kubelet gives up. */
export interface Probes {
  readonly startup?: Probe | undefined;
  /** @default 120 */
  readonly startupSeconds?: number | undefined;
  readonly liveness?: Probe | undefined;
  readonly readiness?: Probe | undefined;
}

/** Who the process is. Root is stated, with what it needs, and lowers `podSecurity`. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** What a container is promised and what it may not exceed. Memory is written in its largest whole unit. */
export interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: Size };
  readonly limits: { readonly memory: Size; readonly cpu?: string | undefined };
}
