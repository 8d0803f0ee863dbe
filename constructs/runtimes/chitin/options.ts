import type { Duration } from 'cdk8s';
import type { RoomId } from '../../channels/matrix.ts';
import type { CallingPods } from '../../channels/webhook.ts';
import type { Image } from '../../images.ts';
import type { ChitinConfig } from './config-types.ts';

/** A conversation that answers go to: a room, or a chat by its numeric id, which in a private chat is the person's. */
export type ChitinAddress =
  | { readonly channel: 'matrix'; readonly to: RoomId }
  | { readonly channel: 'telegram'; readonly to: number };

/** Something that the agent does by itself at given times. */
export type ChitinSchedule = Omit<NonNullable<ChitinConfig['schedules']>[string], 'deliverTo'> & {
  /** Where the result goes. @default `reportTo` */
  readonly deliverTo?: ChitinAddress;
};

/** The repository that the agent proposes changes to. Its token is the secret `forge`. */
export type ChitinPatches = Omit<
  NonNullable<NonNullable<ChitinConfig['tools']>['proposePatch']>,
  'token' | 'url' | 'api'
> & {
  /** Where it is cloned from. */
  readonly url: `https://${string}`;
  /** Root of the forge's REST API. @default the forge's usual one for `url` */
  readonly api?: `https://${string}`;
};

/** Options of `chitin()`. Size of the state, resources and environment are options of the agent. */
export interface ChitinOptions {
  /** What comes before the workspace's AGENTS.md. @default nothing */
  readonly instructions?: string;
  /** Conversations that are answered at once, from 1 to 16. @default 2 */
  readonly concurrency?: number;
  /** What one run may use. @default 20 steps, 200,000 tokens, 600 s, 60 s and 32,768 characters for each tool */
  readonly budget?: NonNullable<ChitinConfig['budget']>;
  /** How messages wait. @default channels stop at 1,000 waiting messages and go on at 500; five runs, 300 deliveries, 14 days */
  readonly queue?: NonNullable<ChitinConfig['queue']>;
  /** Patience with models. @default the chain again after 5, 15 and 45 s; 120 s of silence within one answer */
  readonly patience?: Pick<ChitinConfig['models'], 'retrySeconds' | 'idleSeconds'>;
  /** `<provider>/<model>` to US dollars per million tokens, for the cost counter. @default nothing is counted */
  readonly prices?: Readonly<Record<string, { readonly input: number; readonly output: number }>>;
  /** Reading the workspace, and writing below its folder `work`. @default true */
  readonly files?: boolean;
  /** Notes that outlast conversations and pods, at most 8 KiB of them. @default true */
  readonly memory?: boolean;
  /** Proposes changes as pull requests, which people decide about. @default it cannot */
  readonly patches?: ChitinPatches;
  /** By name: lowercase letters, digits and inner dashes, at most 40 characters. @default none */
  readonly schedules?: Readonly<Record<string, ChitinSchedule>>;
  /** Name of a source of the webhook channel to what the agent does with what it sends. @default a sentence for each kind of source */
  readonly prompts?: Readonly<Record<string, string>>;
  /** Where answers to webhooks and schedules go. @default the first room of Matrix, else the first person on Telegram */
  readonly reportTo?: ChitinAddress;
  /** Hosts that links and images in answers may name; `*.example.org` stands for subdomains. @default none: links are taken out */
  readonly linkHosts?: readonly string[];
  /** Pods that may read `/metrics` and the health pages, on port 9090: Prometheus. @default nobody but the kubelet */
  readonly scrapedBy?: readonly CallingPods[];
  /** How long runs may go on when the pod is to stop: whole seconds, at most 600. The pod gets 10 s more. @default 25 s */
  readonly drain?: Duration;
  /** @default 'info' */
  readonly logLevel?: NonNullable<ChitinConfig['logLevel']>;
  /** @default `images.chitinRuntime` */
  readonly image?: Image;
}
