import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Where a credential is: a file that holds nothing else, or an environment variable. Never the value. */
export const secret = z.union([
  z.strictObject({
    file: z.string().startsWith('/').describe('Absolute path; surrounding white space is not part of the value.'),
  }),
  z.strictObject({
    env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
      .describe('Name of an environment variable.'),
  }),
]);

const name = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'must be lowercase letters, digits and inner dashes, at most 40');
export const port = z.int().min(1).max(65535);
export const path = z.string().startsWith('/', 'must be an absolute path');
const url = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
const host = z
  .string()
  .regex(/^(\*\.)?[a-z0-9.-]+$/, 'must be a lowercase host name, or `*.` and one for its subdomains');

/** A conversation that answers go to: the channel's kind, and the address in it (chat id, room id). */
const address = z.strictObject({ channel: z.enum(['matrix', 'telegram']), to: z.string().min(1) });

const provider = z.discriminatedUnion('api', [
  z.strictObject({ api: z.literal('anthropic'), apiKey: secret, baseUrl: url.optional() }),
  z.strictObject({ api: z.literal('openai'), apiKey: secret, baseUrl: url.optional() }),
  z.strictObject({ api: z.literal('google'), apiKey: secret, baseUrl: url.optional() }),
  z.strictObject({ api: z.literal('azure'), apiKey: secret, baseUrl: url, apiVersion: z.string().optional() }),
  z.strictObject({
    api: z
      .literal('openai-compatible')
      .describe('LiteLLM, Ollama, vLLM and others with /chat/completions below `baseUrl`.'),
    apiKey: secret.optional(),
    baseUrl: url,
  }),
]);

const model = z.strictObject({
  provider: name.describe('A key of `models.providers`.'),
  model: z.string().min(1),
  price: z
    .strictObject({ input: z.number().min(0), output: z.number().min(0) })
    .describe('US dollars per million tokens, for the cost counter.')
    .optional(),
});

const models = z.strictObject({
  providers: z.record(name, provider),
  chain: z.array(model).min(1).describe('Tried in this order.'),
  retrySeconds: z
    .array(z.int().min(0).max(600))
    .default([5, 15, 45])
    .describe('Waits between tries of the whole chain, when a failure may pass.'),
  idleSeconds: z.int().min(1).max(600).default(120).describe('Longest silence of a provider within one answer.'),
});

const budget = z.strictObject({
  steps: z.int().min(1).max(200).default(20).describe('Model calls in one run.'),
  tokens: z.int().min(1).default(200_000).describe('Input and output tokens in one run.'),
  seconds: z.int().min(1).max(3600).default(600),
  toolSeconds: z.int().min(1).max(600).default(60),
  toolOutput: z
    .int()
    .min(256)
    .default(32_768)
    .describe('Characters of one tool result; the middle of longer ones is left out.'),
});

const queue = z.strictObject({
  high: z.int().min(1).default(1000).describe('Waiting messages from which on channels are asked to stop.'),
  low: z.int().min(0).default(500).describe('Waiting messages at which they may go on.'),
  tries: z.int().min(1).default(5).describe('Runs of one message before it is a dead letter.'),
  sendTries: z
    .int()
    .min(1)
    .default(300)
    .describe('Deliveries of one answer before it is a dead letter; at 300 s each, 300 are a day.'),
  retentionDays: z.int().min(1).default(14).describe('How long ids of handled messages are kept, to know repetitions.'),
});

const source = z.strictObject({
  format: z.enum(['alertmanager', 'arr', 'generic']),
  auth: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('bearer'), secret }),
    z.strictObject({ kind: z.literal('basic'), username: z.string().min(1), secret }),
    z.strictObject({
      kind: z.literal('hmac').describe('Hexadecimal HMAC-SHA256 of the body, with or without `sha256=` before it.'),
      secret,
      header: z
        .string()
        .regex(/^[a-z0-9-]+$/)
        .default('x-hub-signature-256'),
    }),
  ]),
  prompt: z.string().min(1).describe('What to do with what arrives; what arrives is data.'),
  deliverTo: address,
  perMinute: z.int().min(1).default(60),
});

const webhook = z.strictObject({
  port: port.default(8080),
  maxBytes: z.int().min(1).default(262_144),
  sources: z.record(name, source).describe('Each answers to POST /hooks/<key>.'),
});

const telegram = z.strictObject({
  token: secret,
  allow: z
    .array(z.string().regex(/^[0-9]+$/, 'must be a numeric user id'))
    .describe('Ids of the users that are heard; nobody else is.'),
  apiRoot: url.optional().describe('A Bot API server of your own.'),
});

const matrixUser = z.string().regex(/^@[^\s:]+:[^\s]+$/, 'must be a full user id, @name:server');
const matrixRoom = z.string().regex(/^![^\s]+$/, 'must be a room id, which starts with !');
const matrix = z
  .strictObject({
    homeserver: url,
    user: matrixUser.describe('The agent’s own account.'),
    login: z
      .union([z.strictObject({ password: secret }), z.strictObject({ token: secret })])
      .describe('A password makes one device and keeps it; a token is the one of a device that nothing else uses.'),
    recoveryKey: secret
      .optional()
      .describe(
        'Keeps the account’s cross-signing identity in its secret storage, for a new device after a lost volume.',
      ),
    allow: z.array(matrixUser).min(1).describe('Ids of the users that are heard, and may invite; nobody else is.'),
    identities: z
      .record(matrixUser, z.string().regex(/^[A-Za-z0-9+/]{43}$/, 'must be a public key: 43 characters of base64'))
      .default({})
      .describe('Public cross-signing master key by user. Default: the first that is seen; another is not heard.'),
    rooms: z.array(matrixRoom).min(1).describe('The rooms in which the agent is, by id.'),
    unencryptedRooms: z
      .array(matrixRoom)
      .default([])
      .describe('Those of them without encryption: their server may read and write whatever it likes.'),
    devices: z
      .enum(['signed', 'any'])
      .default('signed')
      .describe('`signed`: only devices that their owner has signed are heard and get keys.'),
  })
  .refine(({ rooms, unencryptedRooms }) => unencryptedRooms.every((room) => rooms.includes(room)), {
    path: ['unencryptedRooms'],
    error: 'must be rooms of `rooms`',
  })
  .refine(({ allow, identities }) => Object.keys(identities).every((user) => allow.includes(user)), {
    path: ['identities'],
    error: 'must be users of `allow`',
  });

/** Channels of this process. */
export const ownChannels = { webhook: webhook.optional(), telegram: telegram.optional(), matrix: matrix.optional() };

/** The way between the agent and a process with the role `channel`; both name the same. */
export const link = z.strictObject({
  // The path of a socket has at most 107 bytes.
  folder: path.max(80).describe('Folder for their sockets, which both can write.'),
  token: secret.describe('What only the two of them know.'),
});

const remote = z
  .strictObject({ webhook: link.optional(), telegram: link.optional(), matrix: link.optional() })
  .describe('Channels of other processes, which hold the credentials and say who is heard.');

const mcpTools = z.record(
  z.string().min(1),
  z.strictObject({
    sha256: z
      .string()
      .regex(/^[a-f0-9]{64}$/)
      .optional()
      .describe('Digest of description and schema, as the log names it; a tool that differs is withheld.'),
  }),
);
const mcp = z.union([
  z.strictObject({
    url,
    auth: z
      .strictObject({ header: z.string().default('authorization'), prefix: z.string().default('Bearer '), secret })
      .optional(),
    tools: mcpTools.describe('The tools that the model may see; no other is.'),
  }),
  z.strictObject({
    command: path,
    args: z.array(z.string()).default([]),
    env: z.record(z.string(), secret).default({}),
    tools: mcpTools,
  }),
]);

const kubernetes = z.strictObject({
  namespaces: z
    .array(z.string().regex(/^(?:\*|[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)$/, 'must be the name of a namespace, or `*`'))
    .min(1)
    .describe('Namespaces that may be read; `*` stands for all.'),
  kinds: z
    .array(
      z
        .string()
        .regex(
          /^(?:[a-z0-9.-]+\/)?v[a-z0-9]+\/[a-z0-9]+$/,
          'must be `group/version/resource`, without the group for core ones',
        )
        .refine((kind) => !kind.endsWith('/secrets'), 'cannot be Secrets'),
    )
    .min(1)
    .optional()
    .describe(
      'Default: workloads, services, claims, quotas and Flux objects; with all namespaces also nodes, namespaces, volumes and storage classes.',
    ),
});

const proposePatch = z.strictObject({
  url: url
    .refine((value) => new URL(value).username === '', 'must not hold a user or a password')
    .describe('Where the repository is cloned from.'),
  forge: z
    .enum(['github', 'forgejo', 'gitlab', 'agit'])
    .describe('How a pull request is opened; `agit` needs no right to write a branch, and Forgejo and Gitea know it.'),
  api: url.optional().describe('Root of the REST API. Default: the forge’s usual one for `url`.'),
  token: secret,
  base: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/)
    .default('main')
    .describe('The branch that pull requests are for.'),
  branchPrefix: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*\/$/, 'must be one path segment and a slash')
    .default('chitin/')
    .describe('New branches begin with it, and no other branch is pushed.'),
  paths: z
    .array(z.string().regex(/^[^/].*$/, 'must be relative to the repository'))
    .min(1)
    .describe('What a patch may touch: folders, which end in a slash, and files.'),
  workflows: z.boolean().default(false).describe('Whether files that a forge runs by itself may be touched too.'),
  maxFiles: z.int().min(1).max(500).default(20),
  maxBytes: z.int().min(1).max(4_194_304).default(262_144).describe('Of all files of one patch together.'),
});

const schedule = z.strictObject({
  cron: z.string().min(9).describe('Five fields: minute, hour, day of month, month, day of week.'),
  timeZone: z.string().default('UTC').describe('IANA name.'),
  prompt: z.string().min(1).describe('What to do.'),
  deliverTo: address,
  concurrency: z
    .enum(['Forbid', 'Allow', 'Replace'])
    .default('Forbid')
    .describe('When the last firing is still being worked on: skip this one, run both, or end the last one.'),
  deadlineSeconds: z
    .int()
    .min(60)
    .max(86_400)
    .default(300)
    .describe('How late a firing may be that was missed; of several the latest is made up for.'),
});

const tools = z.strictObject({
  files: z
    .strictObject({
      write: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
        .default('work')
        .describe('The folder of the workspace that may be written.'),
    })
    .optional(),
  memory: z.strictObject({ maxBytes: z.int().min(256).max(65_536).default(8192) }).optional(),
  mcp: z.record(name, mcp).default({}),
  kubernetes: kubernetes.optional(),
  proposePatch: proposePatch.optional(),
});

export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  agent: z.strictObject({
    name,
    instructions: z.string().default('').describe('Comes before the workspace’s AGENTS.md.'),
    concurrency: z.int().min(1).max(16).default(2).describe('Conversations that are answered at once.'),
  }),
  state: path.describe('Folder for the message store and the memory: a volume with working file locks, not NFS.'),
  workspace: path.describe('Folder that the seed fills.'),
  skills: path.optional().describe('Folder with one folder per skill. Default: `skills` of the workspace.'),
  models,
  budget: budget.prefault({}),
  queue: queue.prefault({}),
  channels: z.strictObject({ ...ownChannels, remote: remote.optional() }).prefault({}),
  tools: tools.prefault({}),
  schedules: z.record(name, schedule).default({}),
  outbound: z
    .strictObject({ hosts: z.array(host).default([]).describe('Hosts that links and images in answers may name.') })
    .prefault({}),
  http: z
    .strictObject({ host: z.string().optional(), port: port.default(9090) })
    .prefault({})
    .describe('Health and metrics.'),
  shutdownSeconds: z.int().min(1).max(600).default(25),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

/** The configuration as the program sees it, defaults filled in. */
export type Config = z.output<typeof configSchema>;
/** The configuration as people write it. */
export type ConfigInput = z.input<typeof configSchema>;
export type Secret = z.output<typeof secret>;

/** What is wrong with a configuration, all of it: one line each, with the JSON path first. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(file: string, problems: readonly string[]) {
    super(
      `${file}: ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}\n${problems.map((p) => `  ${p}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** @throws ConfigError that names every path that is wrong, and no value */
export function parseConfig(json: unknown, file = 'config'): Config {
  return check(configSchema, json, file, contradictions(json));
}

/** @param more problems that the schema does not see */
export function check<S extends z.ZodType>(schema: S, json: unknown, file: string, more: string[] = []): z.output<S> {
  const result = schema.safeParse(json);
  const problems = [...(result.error?.issues ?? []).flatMap((issue) => explain(issue, [])), ...more];
  if (result.success && problems.length === 0) return result.data;
  throw new ConfigError(file, [...new Set(problems)].sort());
}

/** @throws ConfigError also when the file cannot be read or is no JSON */
export function loadConfig(file: string): Config {
  return parseConfig(readJson(file), file);
}

/** @throws ConfigError */
export function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, [`cannot be read: ${(error as NodeJS.ErrnoException).code}`]);
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold a secret that does not belong there.
    throw new ConfigError(file, ['is not JSON']);
  }
}

type Unchecked = Record<string, unknown> | undefined;
const object = (value: unknown): Unchecked =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;

/** What no part of the schema sees alone; asked whatever else is wrong, so that all problems are shown together. */
function contradictions(json: unknown): string[] {
  const problems: string[] = [];
  const config = object(json);
  const models = object(config?.models);
  const providers = object(models?.providers) ?? {};
  for (const [index, entry] of (Array.isArray(models?.chain) ? models.chain : []).entries()) {
    const used = object(entry)?.provider;
    if (typeof used === 'string' && !Object.hasOwn(providers, used))
      problems.push(`models.chain[${index}].provider: is not a key of models.providers`);
  }
  const { high = 1000, low = 500 } = object(config?.queue) ?? {};
  if (typeof high === 'number' && typeof low === 'number' && low >= high)
    problems.push('queue.low: must be below queue.high');
  const channels = object(config?.channels) ?? {};
  const { remote: others, ...own } = channels;
  const known = { ...own, ...object(others) };
  for (const kind of Object.keys(object(others) ?? {}))
    if (Object.hasOwn(own, kind)) problems.push(`channels.remote.${kind}: is a channel of this process too`);
  for (const [key, schedule] of Object.entries(object(config?.schedules) ?? {})) {
    const channel = object(object(schedule)?.deliverTo)?.channel;
    if (typeof channel === 'string' && !Object.hasOwn(known, channel))
      problems.push(`${jsonPath(['schedules', key, 'deliverTo', 'channel'])}: is no channel of this configuration`);
  }
  for (const [key, source] of Object.entries(object(object(channels.webhook)?.sources) ?? {})) {
    const channel = object(object(source)?.deliverTo)?.channel;
    if (typeof channel === 'string' && !Object.hasOwn(known, channel)) {
      problems.push(
        `${jsonPath(['channels', 'webhook', 'sources', key, 'deliverTo', 'channel'])}: is no channel of this configuration`,
      );
    }
  }
  return problems;
}

function explain(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): string[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${jsonPath([...path, key])}: unknown key`);
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The alternative that comes nearest is the one that was meant.
    const nearest = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? [];
    return nearest.flatMap((inner) => explain(inner, path));
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return [`${jsonPath(path)}: is missing`];
  return [`${jsonPath(path)}: ${issue.message}`];
}

function jsonPath(path: readonly PropertyKey[]): string {
  const text = path
    .map((key) =>
      /^[A-Za-z_$][\w$]*$/.test(String(key))
        ? `.${String(key)}`
        : `[${typeof key === 'number' ? key : JSON.stringify(key)}]`,
    )
    .join('');
  return text.replace(/^\./, '') || '(root)';
}
