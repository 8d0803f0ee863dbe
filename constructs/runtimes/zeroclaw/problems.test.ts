import { expect, test } from 'vitest';
import type { Wiring } from '../../agent/plan.ts';
import { webhook } from '../../channels/webhook.ts';
import type { Problem } from '../../problem.ts';
import type { PlacedTool } from '../../tools/tool.ts';
import type { ZeroClawOptions } from './options.ts';
import { diagrams, rooms, web, wiring } from './testing/wiring.ts';
import { zeroClaw } from './zeroclaw.ts';

interface Fixture {
  readonly options?: ZeroClawOptions;
  readonly wiring?: Parameters<typeof wiring>[0];
  readonly problem: Problem;
}

const agentNamed = (name: string): Pick<Wiring, 'agent'> => ({ agent: { name, app: 'claw', namespace: 'claw' } });

const callers = [{ kind: 'pods', namespace: 'monitoring', labels: { app: 'alertmanager' } }] as const;

const aliasWhy = (alias: string) =>
  `The alias would be "${alias}", and ZeroClaw takes at most 63 lowercase letters, digits and single "_" between them: the variables that carry secrets would be refused or passed over.`;
const aliasHelp = 'Use lowercase letters and digits with single hyphens between them.';

const fixtures: Record<string, Fixture> = {
  'agent with two hyphens': {
    wiring: agentNamed('my--claw'),
    problem: {
      message: 'agent "my--claw" cannot be named in ZeroClaw\'s configuration',
      why: aliasWhy('my__claw'),
      help: aliasHelp,
    },
  },
  'agent with a long name': {
    wiring: agentNamed('a'.repeat(64)),
    problem: {
      message: `agent "${'a'.repeat(64)}" cannot be named in ZeroClaw's configuration`,
      why: aliasWhy('a'.repeat(64)),
      help: aliasHelp,
    },
  },
  'agent named default': {
    wiring: agentNamed('default'),
    problem: {
      message: 'runtime zeroclaw: an agent cannot be named "default"',
      why: 'ZeroClaw adds its own automatic approvals, web tools among them, to a profile of that name.',
      help: 'Give it another name.',
    },
  },
  'tool with two hyphens': {
    wiring: { tools: [{ ...web, name: 'my--web' }] },
    problem: {
      message: 'tool "my--web" cannot be named in ZeroClaw\'s configuration',
      why: aliasWhy('my__web'),
      help: aliasHelp,
    },
  },
  'token in a header with a hyphen': {
    wiring: {
      tools: [{ ...web, endpoint: { ...web.endpoint, header: { name: 'X-API-Key' } } as PlacedTool['endpoint'] }],
    },
    problem: {
      message: 'runtime zeroclaw: tool scrapling wants its token in the header X-API-Key',
      why: 'ZeroClaw takes a secret header from a variable that is named after it, and knows no hyphen there.',
      help: 'If the server also takes Authorization, use that, with any scheme. Runtimes that send any header: openclaw, hermes, picoclaw.',
    },
  },
  'two tools with one alias': {
    wiring: { tools: [diagrams, { ...diagrams, name: 'draw_io' }] },
    problem: {
      message: 'tools "draw-io" and "draw_io" would both be "draw_io" in ZeroClaw\'s configuration',
      why: 'ZeroClaw tells MCP servers apart by that name.',
      help: 'Rename one of them.',
    },
  },
  'two channels of one kind': {
    wiring: { channels: [rooms, rooms] },
    problem: {
      message: 'runtime zeroclaw: 2 channels of kind matrix',
      why: 'They would share one secret and one state folder, and log in as one account.',
      help: 'Give one channel all rooms and people, or make a second agent.',
    },
  },
  'a webhook of Alertmanager': {
    wiring: { channels: [webhook({ sources: [{ name: 'alerts', kind: 'alertmanager', callers }] })] },
    problem: {
      message: 'runtime zeroclaw: source "alerts" of channel webhook is of kind alertmanager',
      why: 'ZeroClaw reads only {"sender", "content"} with an HMAC-SHA256 in X-Webhook-Signature, which neither Alertmanager nor the *arr applications send.',
      help: "Use a runtime that takes a bearer token, or put a program between that signs, and make the source 'generic'.",
    },
  },
  'two webhook sources': {
    wiring: {
      channels: [
        webhook({
          sources: [
            { name: 'builds', kind: 'generic', callers },
            { name: 'backups', kind: 'generic', callers },
          ],
        }),
      ],
    },
    problem: {
      message: 'runtime zeroclaw: 2 sources of channel webhook',
      why: 'ZeroClaw listens on one path.',
      help: 'Give one source the callers of all: they say who they are in "sender".',
    },
  },
  'command with arguments': {
    options: { commands: ['kubectl get'] },
    problem: {
      message: 'runtime zeroclaw: "kubectl get" is not the name of a command',
      why: 'ZeroClaw compares each entry with the name or the whole path of a program, so arguments never match; "*" would allow everything.',
      help: 'Write a name such as kubectl, or an absolute path.',
    },
  },
  'every command': {
    options: { commands: ['*'] },
    problem: {
      message: 'runtime zeroclaw: "*" is not the name of a command',
      why: 'ZeroClaw compares each entry with the name or the whole path of a program, so arguments never match; "*" would allow everything.',
      help: 'Write a name such as kubectl, or an absolute path.',
    },
  },
  'commands at level readonly': {
    options: { level: 'readonly', commands: ['kubectl', 'flux'] },
    problem: {
      message: 'runtime zeroclaw: commands (kubectl, flux) at level readonly',
      why: 'ZeroClaw refuses every shell command at that level.',
      help: "Remove the commands, or use level 'supervised'.",
    },
  },
  'approval of a tool that is not there': {
    options: { autoApprove: ['scrapling__get'] },
    problem: {
      message: 'runtime zeroclaw: autoApprove names scrapling__get, which no tool offers',
      why: 'ZeroClaw would silently approve nothing.',
      help: 'Remove it, or give the agent the tool.',
    },
  },
  'approval that is misspelled': {
    options: { autoApprove: ['scrapling__gett', 'draw_io__render'] },
    wiring: { tools: [web, diagrams] },
    problem: {
      message: 'runtime zeroclaw: autoApprove names scrapling__gett, which no tool offers',
      why: 'ZeroClaw would silently approve nothing.',
      help: 'The tools offer: scrapling__get, scrapling__bulk_get, draw_io__render.',
    },
  },
  'approval of a web tool that is off': {
    options: { autoApprove: ['web_fetch'] },
    wiring: { tools: [web] },
    problem: {
      message: 'runtime zeroclaw: autoApprove names web_fetch, which is off',
      why: "Tool scrapling replaces ZeroClaw's own web tools.",
      help: 'Remove it, or name one of scrapling__get, scrapling__bulk_get.',
    },
  },
  'no actions': {
    options: { actionsPerHour: 0 },
    problem: {
      message: 'runtime zeroclaw: actionsPerHour is 0',
      why: 'ZeroClaw takes a whole number, and refuses every tool call at 0.',
      help: 'Give a whole number from 1 to 4294967295.',
    },
  },
};

test.each(Object.entries(fixtures))('%s', (_, { options, wiring: changes, problem }) => {
  expect(zeroClaw(options).plan(wiring(changes)).problems).toEqual([problem]);
});

test('what is right has no problem', () => {
  const options: ZeroClawOptions = {
    commands: ['kubectl', '/opt/bin/flux'],
    autoApprove: ['draw_io__render', 'shell'],
  };
  const changes = { ...agentNamed('my-claw-2'), tools: [diagrams, { ...web, tools: [] }], channels: [rooms] };
  expect(zeroClaw(options).plan(wiring(changes)).problems).toEqual([]);
  // A server that does not say what it offers may offer anything.
  expect(zeroClaw({ autoApprove: ['scrapling__x'] }).plan(wiring(changes)).problems).toEqual([]);
});

test('names of tools and channels are checked by type', () => {
  // @ts-expect-error a misspelled built-in tool
  zeroClaw({ autoApprove: ['file_raed'] });
  // @ts-expect-error a misspelled level
  zeroClaw({ level: 'read-only' });
});
