import type { Size } from 'cdk8s';
import type { ChannelKind } from '../../channels/channel.ts';
import type { Image } from '../../images.ts';
import type { OpenClawVersion } from './version.ts';

/**
 * Who owns the configuration. `immutable`: the mounted file is the live one, and OpenClaw cannot write to it. The others
 * keep a file on the state volume that OpenClaw and its web interface may change: `seed` writes it when there is none,
 * `merge` writes our keys over it at each start and leaves the others, `overwrite` replaces it at each start.
 */
export type ConfigMode = 'immutable' | 'seed' | 'merge' | 'overwrite';

/**
 * Where commands of the agent run. `off`: nowhere. `gateway`: in OpenClaw's own container, with every key in its
 * environment. `executor`: in a container of its own (`openclaw node run`), which has no key of a model or channel, and gets
 * the token of the agent's grants instead of OpenClaw.
 */
export type ExecPlace = 'off' | 'gateway' | 'executor';

/**
 * Where plugins of channels come from, which the image does not have. `egress`: OpenClaw installs what is missing at its
 * start. `init`: an init container installs the version that was checked, before OpenClaw starts. `baked`: the image has them.
 */
export type PluginSource = 'egress' | 'init' | 'baked';

/** Kinds of channels whose plugin is in the image. */
export type BundledKind = 'telegram' | 'webhook';

/** Options of `openClaw()`. Size of the state, resources and environment are options of the agent. */
export interface OpenClawOptions {
  /** Which release runs. Its configuration changes every few weeks, so that only releases that were tried are offered. */
  readonly version: OpenClawVersion;
  /** @default 'immutable' */
  readonly configMode?: ConfigMode;
  /** @default 'off' */
  readonly exec?: ExecPlace;
  /** Needed for channels other than Telegram and webhooks. */
  readonly plugins?: PluginSource;
  /** Where the answer to a webhook goes. @default nowhere: the agent may still send messages itself */
  readonly announce?: {
    readonly channel: Exclude<ChannelKind, 'webhook'>;
    /** Where, as OpenClaw writes it: `123456` of Telegram, `channel:C012ABCDEF` of Slack (docs/channels, delivery targets). */
    readonly to: string;
  };
  /**
   * What the pod is ready with: the gateway alone, or all channels as well, which takes the web interface and the webhooks
   * down together with the first channel that fails.
   * @default 'gateway'
   */
  readonly readiness?: 'gateway' | 'channels';
  /**
   * How OpenClaw learns who is behind the cluster's gateway. `addresses`: it trusts the `addresses` of the cluster's gateway.
   * `forwarder`: a container in the pod takes the gateway's connections, and OpenClaw trusts its own loopback alone.
   * docs/decisions/0008-openclaw-behind-a-gateway.md
   * @default 'addresses' where the cluster has them and nobody calls from inside, else 'forwarder'
   */
  readonly proxy?: 'addresses' | 'forwarder';
  /** Memory limit; three quarters of it are Node's heap. @default 3 GiB */
  readonly memory?: Size;
  /**
   * Keys of the configuration that the adapter does not know: put over its own, object by object. Secrets belong into
   * `${VARIABLE}` and the agent's `env`.
   */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** @default the release image of `version` */
  readonly image?: Image;
}

/** Options without channels that need a plugin. */
export type BundledOptions = OpenClawOptions & { readonly plugins?: never };

/** Options with the source of plugins, which opens every kind of channel. */
export type PluginOptions = OpenClawOptions & { readonly plugins: PluginSource };
