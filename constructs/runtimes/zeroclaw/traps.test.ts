import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { matrix } from '../../channels/matrix.ts';
import type { Problem } from '../../problem.ts';
import { gatewaySecret } from './gateway.ts';
import type { ZeroClawOptions } from './options.ts';
import { cases } from './testing/cases.ts';
import { checkWith, noParser } from './testing/parser.ts';
import { configOf, diagrams, everything, rooms, web, wiring } from './testing/wiring.ts';
import { zeroClaw } from './zeroclaw.ts';

/** How a mistake that somebody can write by hand meets our types, problems or output. */
type Ours =
  /** It is a problem, with this message. */
  | { readonly problems: () => readonly Problem[]; readonly message: string }
  /** It cannot come out: every configuration that could have it has this text, or lacks that one. */
  | { readonly emits: RegExp }
  | { readonly never: RegExp };

const of = (options: ZeroClawOptions, changes?: Parameters<typeof wiring>[0]) => () =>
  zeroClaw(options).plan(wiring(changes)).problems;
const agentNamed = (name: string) => ({ agent: { name, app: 'claw', namespace: 'claw' } });
const room = (options: object) => () => matrix({ ...rooms.options, ...options }).problems;

const ours: Record<string, Ours> = {
  'address-without-brackets': { emits: /^host = "\[::\]"$/m },
  'agent-named-default': {
    problems: of({}, agentNamed('default')),
    message: 'runtime zeroclaw: an agent cannot be named "default"',
  },
  'alias-with-double-underscore': {
    problems: of({}, agentNamed('my--ops')),
    message: 'agent "my--ops" cannot be named in ZeroClaw\'s configuration',
  },
  'alias-with-hyphen': { never: /^\[[^\]]*-[^\]]*\]$/m },
  'approval-misspelled': {
    problems: of({ autoApprove: ['scrapling__gett'] }, { tools: [web] }),
    message: 'runtime zeroclaw: autoApprove names scrapling__gett, which no tool offers',
  },
  'approvals-by-default': { emits: /^auto_approve = \[/m },
  'bundle-of-nothing': { never: /^servers = \[(?!"scrapling", "draw_io"\])/m },
  'bundle-unknown': { never: /^mcp_bundles = \[(?!"ops_claw"\])/m },
  'channel-not-enabled': { never: /^\[channels\.[^\]]+\]\n(?!enabled = true\n)/m },
  'channel-unknown': { never: /^channels = \[(?!\]|"matrix\.(ops_)?claw"\])/m },
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
  'commands-by-default': { emits: /^allowed_commands = \[/m },
  'custom-without-address': { never: /^\[providers\.models\.custom\.\w+\]\nmodel = .*\n(?!uri = )/m },
  'device-pinned': { never: /device_id|access_token/ },
  'fallback-of-nothing': {
    never: /^fallback = \[(?!"openai\.fallback_1", "custom\.fallback_2", "custom\.fallback_3"\])/m,
  },
  'family-unknown': { never: /^\[providers\.models\.(?!anthropic|openai|custom)/m },
  'headers-at-once': { never: /headers/ },
  'key-misspelled': { never: /^enable = /m },
  'level-misspelled': { never: /^level = (?!"(readonly|supervised|full)"$)/m },
  'no-actions': { problems: of({ actionsPerHour: 0 }), message: 'runtime zeroclaw: actionsPerHour is 0' },
  'no-pairing': { emits: /^require_pairing = true$/m },
  'no-peer-group': { never: /^\[channels\.matrix\.\w+\]\n(?![^[]*\[peer_groups\.matrix\])/m },
  'no-peers': { problems: room({ people: [] }), message: 'channel matrix: no people' },
  'no-risk-profile': { emits: /^risk_profile = "\w+"$/m },
  'no-rooms': { problems: room({ rooms: [] }), message: 'channel matrix: no rooms' },
  'no-schema-version': { emits: /^schema_version = 3\n/ },
  'password-in-file': { never: /password|recovery_key|api_key/ },
  'peer-group-of-other-channel': { never: /^channel = (?!"matrix\.(ops_)?claw"$)/m },
  'room-alias': {
    problems: room({ rooms: ['#ops:example.org'] }),
    message: 'channel matrix: room "#ops:example.org" is not a room id',
  },
  'section-misspelled': {
    never:
      /^\[+(?!(agents|risk_profiles|runtime_profiles|providers|channels|peer_groups|mcp|mcp_bundles|skill_bundles|skills|gateway|observability|browser|browser_delegate|http_request|link_enricher|text_browser|web_fetch|web_search)[.\]])/m,
  },
  'server-allow-list': { never: /allowed_tools/ },
  'server-named-twice': {
    problems: of({}, { tools: [diagrams, { ...diagrams, name: 'draw_io' }] }),
    message: 'tools "draw-io" and "draw_io" would both be "draw_io" in ZeroClaw\'s configuration',
  },
  'server-with-hyphen': { never: /^name = "[^"]*-/m },
  'server-without-bundle': { never: /^\[\[mcp\.servers\]\](?![^]*^\[mcp_bundles\.ops_claw\])/m },
  'skills-outside-shared': { never: /^directory = (?!"\/zeroclaw-data\/\.zeroclaw\/shared\/skills\/)/m },
  'transport-unknown': { never: /^transport = (?!"http"$)/m },
  'web-by-default': { never: /^name = "scrapling"$(?![^]*^\[web_search\]\nenabled = false$)/m },
};

/** Mistakes in variables: ours come from the same path as the configuration, so that none is written by hand. */
const variables: Record<string, RegExp> = {
  'variable-of-nothing': /__(?!api_key|password|recovery_key|authorization|paired_tokens)[a-z_]+$/,
  'variable-of-other-alias': /__models__\w+?__(?!primary|fallback_\d)\w+__api_key$/,
  'variable-with-capital': /^ZEROCLAW_[a-z].*[A-Z-]/,
};

const folder = new URL('traps/', import.meta.url);
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.toml') ? [file.slice(0, -'.toml'.length)] : []));
const outputs = Object.values(cases).map(({ options, wiring: wired }) => zeroClaw(options).plan(wired));

test('every trap has an answer of ours', () => {
  expect(names).toEqual([...Object.keys(ours), ...Object.keys(variables), 'token-like-a-hash'].sort());
});

test.each(Object.entries(ours))('%s: ours', (_, answer) => {
  if ('problems' in answer) {
    expect(answer.problems().map(({ message }) => message)).toEqual([answer.message]);
    return;
  }
  for (const config of outputs.map(configOf)) {
    if ('emits' in answer) expect(config).toMatch(answer.emits);
    else expect(config).not.toMatch(answer.never);
  }
});

test.each(Object.entries(variables))('%s: ours', (_, never) => {
  for (const { containers } of outputs) {
    for (const name of Object.keys(containers[0].env).filter((each) => /^ZEROCLAW_[a-z]/.test(each))) {
      expect(name).not.toMatch(never);
    }
  }
});

test('token-like-a-hash: ours', () => {
  expect(zeroClaw().plan(everything).containers[0].env).toHaveProperty('ZEROCLAW_gateway__paired_tokens');
  expect(gatewaySecret.keys).toEqual({
    token:
      'bearer token for the gateway, such as "zc_" and 64 random hexadecimal digits; several are separated by commas (64 hexadecimal digits alone would be taken for a hash and never match)',
  });
});

test.skipIf(noParser)(`the real parser says of every trap what is recorded${noParser ?? ''}`, () => {
  const said: Record<string, unknown> = {};
  const recorded: Record<string, unknown> = {};
  for (const name of names) {
    const { env = {}, ...verdict } = JSON.parse(readFileSync(new URL(`${name}.verdict.json`, folder), 'utf8'));
    recorded[name] = verdict;
    said[name] = checkWith(readFileSync(new URL(`${name}.toml`, folder), 'utf8'), env);
  }
  expect(said).toEqual(recorded);
});
