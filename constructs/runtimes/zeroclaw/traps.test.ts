import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { matrix } from '../../channels/matrix.ts';
import { telegram } from '../../channels/telegram.ts';
import type { Problem } from '../../problem.ts';
import { configTable, settingsOf } from './config.ts';
import { gatewaySecret } from './gateway.ts';
import type { ZeroClawOptions } from './options.ts';
import { cases } from './testing/cases.ts';
import { checkWith, noParser, parserTimeout } from './testing/parser.ts';
import { diagrams, rooms, web, wiring } from './testing/wiring.ts';
import { zeroClaw } from './zeroclaw.ts';

/** How a mistake that somebody can write by hand meets our types, problems or output. */
type Ours =
  /** It is a problem, with this message. */
  | { readonly problems: () => readonly Problem[]; readonly message: string }
  /** It cannot come out: this holds of every configuration. */
  | { readonly holds: (config: Config, variables: readonly string[]) => boolean };

type Entries<T> = Readonly<Record<string, T>>;

/** The parts of a configuration that the answers look at. */
interface Config {
  readonly schema_version: number;
  readonly agents: Entries<Entries<string & readonly string[]>>;
  readonly risk_profiles: Entries<{ level: string; allowed_commands?: unknown; auto_approve?: unknown }>;
  readonly providers: { readonly models: Entries<Entries<{ uri?: string; fallback?: readonly string[] }>> };
  readonly channels?: Entries<Entries<Readonly<Record<string, unknown>>>>;
  readonly peer_groups?: Entries<{ channel: string; external_peers: readonly unknown[] }>;
  readonly mcp?: { readonly servers: readonly Entries<string>[] };
  readonly mcp_bundles?: Entries<{ servers: readonly string[] }>;
  readonly skill_bundles?: Entries<{ directory: string }>;
  readonly gateway: Readonly<Record<string, unknown>>;
}

const values = <T>(entries: Entries<T> | undefined): T[] => Object.values(entries ?? {});
const leaves = <T>(entries: Entries<Entries<T>> | undefined): T[] => values(entries).flatMap(values);
/** `<outer>.<inner>` of every entry. */
const dotted = (entries: Entries<Entries<unknown>> | undefined) =>
  Object.entries(entries ?? {}).flatMap(([outer, inner]) => Object.keys(inner).map((key) => `${outer}.${key}`));
const same = (a: readonly string[], b: readonly string[]) => a.toSorted().join() === b.toSorted().join();

const of = (options: ZeroClawOptions, changes?: Parameters<typeof wiring>[0]) => () =>
  zeroClaw(options).plan(wiring(changes)).problems;
const agentNamed = (name: string) => ({ agent: { name, app: 'claw', namespace: 'claw' } });
const room = (options: object) => () => matrix({ ...rooms.options, ...options }).problems;
const ours: Record<string, Ours> = {
  'address-without-brackets': { holds: ({ gateway }) => gateway.host === '[::]' },
  'agent-named-default': {
    problems: of({}, agentNamed('default')),
    message: 'runtime zeroclaw: an agent cannot be named "default"',
  },
  'alias-with-double-underscore': {
    problems: of({}, agentNamed('my--ops')),
    message: 'agent "my--ops" cannot be named in ZeroClaw\'s configuration',
  },
  'alias-with-hyphen': {
    holds: ({ agents, channels }) => ![...Object.keys(agents), ...dotted(channels)].some((name) => name.includes('-')),
  },
  'approval-misspelled': {
    problems: of({ autoApprove: ['scrapling__gett'] }, { tools: [web] }),
    message: 'runtime zeroclaw: autoApprove names scrapling__gett, which no tool offers',
  },
  'approvals-by-default': {
    holds: ({ risk_profiles }) => values(risk_profiles).every((profile) => Array.isArray(profile.auto_approve)),
  },
  'bundle-of-nothing': {
    holds: ({ mcp, mcp_bundles }) =>
      same(
        values(mcp_bundles).flatMap(({ servers }) => servers),
        (mcp?.servers ?? []).map(({ name }) => String(name)),
      ),
  },
  'bundle-unknown': {
    holds: ({ agents, mcp_bundles }) =>
      same(
        values(agents).flatMap((agent) => agent.mcp_bundles ?? []),
        Object.keys(mcp_bundles ?? {}),
      ),
  },
  'channel-not-enabled': { holds: ({ channels }) => leaves(channels).every(({ enabled }) => enabled === true) },
  'channel-unknown': {
    holds: ({ agents, channels }) =>
      same(
        values(agents).flatMap((agent) => agent.channels ?? []),
        dotted(channels),
      ),
  },
  'command-wildcard': {
    problems: of({ commands: ['*'] }),
    message: 'runtime zeroclaw: "*" is not the name of a command',
  },
  'command-with-arguments': {
    problems: of({ commands: ['kubectl get'] }),
    message: 'runtime zeroclaw: "kubectl get" is not the name of a command',
  },
  'commands-at-readonly': {
    problems: of({ level: 'readonly', commands: ['kubectl'] }),
    message: 'runtime zeroclaw: commands (kubectl) at level readonly',
  },
  'commands-by-default': {
    holds: ({ risk_profiles }) => values(risk_profiles).every((profile) => Array.isArray(profile.allowed_commands)),
  },
  'custom-without-address': {
    holds: ({ providers }) => values(providers.models.custom).every(({ uri }) => uri !== undefined),
  },
  'device-pinned': {
    holds: ({ channels }) => leaves(channels).every((each) => !('device_id' in each || 'access_token' in each)),
  },
  'discord-every-channel': {
    // Direct messages alone, or a list of channels.
    holds: ({ channels }) =>
      values(channels?.discord).every(
        ({ guild_ids, channel_ids }) =>
          String(guild_ids) === '0' || (Array.isArray(channel_ids) && channel_ids.length > 0),
      ),
  },
  'discord-every-server': {
    holds: ({ channels }) =>
      values(channels?.discord).every(({ guild_ids }) => Array.isArray(guild_ids) && guild_ids.length > 0),
  },
  'fallback-of-nothing': {
    holds: ({ providers: { models } }) =>
      leaves(models)
        .flatMap(({ fallback }) => fallback ?? [])
        .every((name) => dotted(models).includes(name)),
  },
  'header-with-hyphen': {
    problems: of(
      {},
      {
        tools: [
          { ...web, endpoint: { kind: 'mcp', url: '', auth: { secret: '', key: '' }, header: { name: 'X-API-Key' } } },
        ],
      },
    ),
    message: 'runtime zeroclaw: tool scrapling wants its token in the header X-API-Key',
  },
  'headers-at-once': { holds: (_, variables) => !variables.some((name) => name.endsWith('__headers')) },
  'level-misspelled': {
    holds: ({ risk_profiles }) =>
      values(risk_profiles).every(({ level }) => ['readonly', 'supervised', 'full'].includes(level)),
  },
  'no-actions': { problems: of({ actionsPerHour: 0 }), message: 'runtime zeroclaw: actionsPerHour is 0' },
  'no-pairing': { holds: ({ gateway }) => gateway.require_pairing === true },
  'no-peer-group': {
    holds: ({ channels, peer_groups }) =>
      same(
        // The webhook channel asks for a signature, not for a person.
        dotted(channels).filter((name) => !name.startsWith('webhook.')),
        values(peer_groups).map(({ channel }) => channel),
      ),
  },
  'no-peers': { problems: room({ people: [] }), message: 'channel matrix: no people' },
  'no-risk-profile': {
    holds: ({ agents, risk_profiles }) => values(agents).every((agent) => String(agent.risk_profile) in risk_profiles),
  },
  'no-rooms': { problems: room({ rooms: [] }), message: 'channel matrix: no rooms' },
  'no-schema-version': { holds: ({ schema_version }) => schema_version === 3 },
  'password-in-file': {
    holds: (config) =>
      !/"(password|recovery_key|api_key|access_token|bot_token|secret|headers)":/.test(JSON.stringify(config)),
  },
  'peer-group-of-other-channel': {
    holds: ({ channels, peer_groups }) =>
      values(peer_groups).every(({ channel }) => dotted(channels).includes(channel)),
  },
  'room-alias': {
    problems: room({ rooms: ['#ops:example.org'] }),
    message: 'channel matrix: room "#ops:example.org" is not a room id',
  },
  'server-named-twice': {
    problems: of({}, { tools: [diagrams, { ...diagrams, name: 'draw_io' }] }),
    message: 'tools "draw-io" and "draw_io" would both be "draw_io" in ZeroClaw\'s configuration',
  },
  'server-with-hyphen': { holds: ({ mcp }) => !(mcp?.servers ?? []).some(({ name }) => name?.includes('-')) },
  'server-without-bundle': { holds: ({ mcp, mcp_bundles }) => (mcp === undefined) === (mcp_bundles === undefined) },
  'skills-outside-shared': {
    holds: ({ skill_bundles }) =>
      values(skill_bundles).every(({ directory }) => directory.startsWith('/zeroclaw-data/.zeroclaw/shared/')),
  },
  slack: { holds: ({ channels }) => !('slack' in (channels ?? {})) },
  'telegram-allow-list': { holds: ({ channels }) => leaves(channels).every((each) => !('allowed_users' in each)) },
  'telegram-id-as-number': {
    holds: ({ peer_groups }) =>
      values(peer_groups).every(({ external_peers }) => external_peers.every((each) => typeof each === 'string')),
  },
  'telegram-username': {
    problems: () => telegram({ people: ['@anna'] as never }).problems,
    message: 'channel telegram: person "@anna" is not the id of a person',
  },
  'telegram-without-token': {
    holds: ({ channels }, variables) =>
      Object.keys(channels?.telegram ?? {}).every((alias) =>
        variables.includes(`ZEROCLAW_channels__telegram__${alias}__bot_token`),
      ),
  },
  'token-like-a-hash': { holds: () => gatewaySecret.keys.token?.includes('would be taken for a hash') === true },
  'transport-unknown': { holds: ({ mcp }) => (mcp?.servers ?? []).every(({ transport }) => transport === 'http') },
  'variable-of-other-alias': {
    holds: ({ providers }, variables) =>
      variables
        .flatMap((name) => /^ZEROCLAW_providers__models__(.*)__api_key$/.exec(name)?.[1] ?? [])
        .every((path) => dotted(providers.models).includes(path.replace('__', '.'))),
  },
  'variable-with-capital': { holds: (_, variables) => variables.every((name) => /^ZEROCLAW_[a-z0-9_]+$/.test(name)) },
  'web-by-default': {
    holds: (config) =>
      !config.mcp?.servers.some(({ name }) => name === 'scrapling') ||
      ['browser', 'http_request', 'web_fetch', 'web_search'].every((section) =>
        JSON.stringify(config).includes(`"${section}":{"enabled":false`),
      ),
  },
  'webhook-without-secret': {
    holds: ({ channels }, variables) =>
      Object.keys(channels?.webhook ?? {}).every((alias) =>
        variables.includes(`ZEROCLAW_channels__webhook__${alias}__secret`),
      ),
  },
  'whatsapp-every-group': {
    holds: ({ channels }) => values(channels?.whatsapp).every(({ group_policy }) => group_policy !== 'all'),
  },
  'whatsapp-without-session': {
    holds: ({ channels }) =>
      values(channels?.whatsapp).every(({ session_path }) =>
        String(session_path).startsWith('/zeroclaw-data/.zeroclaw/'),
      ),
  },
};

/** Sections, fields and variables that nothing reads: the real parser finds them, and `parser.test.ts` asks it about every case. */
const foundByParser = [
  'family-unknown',
  'key-misspelled',
  'section-misspelled',
  'server-allow-list',
  'variable-of-nothing',
];

const folder = new URL('traps/', import.meta.url);
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.toml') ? [file.slice(0, -'.toml'.length)] : []));

test('every trap has an answer of ours', () => {
  expect(names).toEqual([...Object.keys(ours), ...foundByParser].sort());
});

test.each(Object.entries(ours))('%s: ours', (_, answer) => {
  if ('problems' in answer) {
    expect(answer.problems().map(({ message }) => message)).toEqual([answer.message]);
    return;
  }
  for (const [name, { options, wiring: wired }] of Object.entries(cases)) {
    const config = configTable(settingsOf(options, wired), wired) as unknown as Config;
    const variables = Object.keys(zeroClaw(options).plan(wired).containers[0].env);
    const lowercase = variables.filter((each) => /^ZEROCLAW_[a-z]/.test(each));
    expect([name, answer.holds(config, lowercase)]).toEqual([name, true]);
  }
});

test.skipIf(noParser)(
  `the real parser says of every trap what is recorded${noParser ?? ''}`,
  { timeout: parserTimeout },
  () => {
    const said: Record<string, unknown> = {};
    const recorded: Record<string, unknown> = {};
    for (const name of names) {
      const { env = {}, ...verdict } = JSON.parse(readFileSync(new URL(`${name}.verdict.json`, folder), 'utf8'));
      recorded[name] = verdict;
      said[name] = checkWith(readFileSync(new URL(`${name}.toml`, folder), 'utf8'), env);
    }
    expect(said).toEqual(recorded);
  },
);
