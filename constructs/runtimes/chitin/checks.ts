import type { Wiring } from '../../agent/plan.ts';
import { baseUrlProblem } from '../../network/base-url.ts';
import type { Finding, Problem } from '../../problem.ts';
import { mcpTools } from '../../tools/tool.ts';
import { anyPlace, repeatedKinds } from '../channel-kinds.ts';
import { reportAddress, spoken } from './channels.ts';
import { drainSeconds } from './config.ts';
import { modelProblems } from './models.ts';
import type { ChitinAddress, ChitinOptions } from './options.ts';
import { reading } from './tools.ts';

/** What a reviewer should know. */
export function findingsOf({ patches }: ChitinOptions, wiring: Wiring): Finding[] {
  const workflows: Finding = {
    rule: 'chitin-patches-workflows',
    message: `runtime chitin: pull requests for ${hostAndPath(patches?.url ?? '')} may change files that the forge runs by itself`,
    why: 'A workflow of a branch of the repository runs with its secrets when the branch is pushed, before anybody has looked at it.',
    help: 'Leave `workflows` out, or accept it with the reason.',
  };
  const telegram = spoken(wiring).filter(({ kind }) => kind === 'telegram');
  return [...anyPlace('chitin', telegram), ...(patches?.workflows ? [workflows] : [])];
}

/** What the program would refuse, or never do. */
export function problemsOf(options: ChitinOptions, wiring: Wiring): Problem[] {
  const { agent, model, tools } = wiring;
  const { patches } = options;
  return [
    ...names([
      ['agent', [agent.name]],
      ['model provider', model.providers.map(({ name }) => name)],
      ['tool', mcpTools(tools).map(({ name }) => name)],
      ['schedule', Object.keys(options.schedules ?? {})],
    ]),
    ...repeatedKinds('chitin', spoken(wiring)),
    ...modelProblems(options, wiring),
    ...addressProblems(options, wiring),
    ...promptProblems(options, wiring),
    ...scheduleProblems(options),
    ...toolProblems(wiring),
    ...grantProblems(wiring),
    ...(patches ? [baseUrlProblem('runtime chitin: url of the patches', patches.url) ?? []].flat() : []),
    ...(patches?.api ? [baseUrlProblem('runtime chitin: api of the patches', patches.api) ?? []].flat() : []),
    ...drainProblems(drainSeconds(options)),
  ];
}

/** The program's form of a name, of everything that its configuration calls by one. */
function names(groups: readonly (readonly [what: string, names: readonly string[]])[]): Problem[] {
  return groups.flatMap(([what, each]) =>
    each
      .filter((name) => !/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name))
      .map((name) => ({
        message: `runtime chitin: ${what} "${name}" has a name that the program does not take`,
        why: 'It takes lowercase letters, digits and inner dashes, at most 40 of them.',
        help: 'Rename it.',
      })),
  );
}

/** Answers that nobody asked for in a chat have to go somewhere. */
function addressProblems(options: ChitinOptions, wiring: Wiring): Problem[] {
  const channels = spoken(wiring);
  const kinds = channels.map(({ kind }) => kind);
  const schedules = Object.entries(options.schedules ?? {});
  const address = reportAddress(options, wiring);
  const asking = [
    ...(kinds.includes('webhook') ? ['channel webhook'] : []),
    ...schedules.filter(([, { deliverTo }]) => deliverTo === undefined).map(([name]) => `schedule ${name}`),
  ];
  const given: [string, ChitinAddress | undefined][] = [
    ['reportTo', options.reportTo],
    ...schedules.map(([name, { deliverTo }]): [string, ChitinAddress | undefined] => [`schedule ${name}`, deliverTo]),
  ];
  return [
    ...(address === undefined
      ? asking.map((what) => ({
          message: `runtime chitin: answers to ${what} would go nowhere`,
          why: 'The agent has neither Matrix nor Telegram.',
          help: 'Give it a channel in which people read them.',
        }))
      : []),
    ...given.flatMap(([what, to]) =>
      to === undefined || kinds.includes(to.channel)
        ? []
        : [
            {
              message: `runtime chitin: ${what} names channel ${to.channel}, which the agent does not have`,
              why: 'The program refuses to start.',
              help: 'Give the agent the channel, or name one that it has.',
            },
          ],
    ),
  ];
}

function promptProblems({ prompts = {} }: ChitinOptions, wiring: Wiring): Problem[] {
  const sources = spoken(wiring).flatMap((channel) =>
    channel.kind === 'webhook' ? channel.options.sources.map(({ name }) => name) : [],
  );
  return Object.keys(prompts)
    .filter((name) => !sources.includes(name))
    .map((name) => ({
      message: `runtime chitin: a prompt for source "${name}", which channel webhook does not have`,
      help: sources.length > 0 ? `It has: ${sources.join(', ')}.` : 'Give the agent a webhook() channel, or remove it.',
    }));
}

function scheduleProblems({ schedules = {} }: ChitinOptions): Problem[] {
  return Object.entries(schedules)
    .filter(([, { cron }]) => cron.trim().split(/\s+/).length !== 5)
    .map(([name, { cron }]) => ({
      message: `runtime chitin: schedule ${name} fires at "${cron}"`,
      why: 'The program takes five fields: minute, hour, day of month, month, day of week.',
      help: 'Write all five, with * where any will do.',
    }));
}

function toolProblems({ tools }: Wiring): Problem[] {
  return mcpTools(tools)
    .filter((tool) => tool.tools.length === 0)
    .map(({ name }) => ({
      message: `runtime chitin: tool ${name} does not say which tools it offers`,
      why: 'The program shows the model those that are listed, and no other.',
      help: 'List them where the tool is made.',
    }));
}

/** The token would be in the pod for nothing. */
function grantProblems({ grants }: Wiring): Problem[] {
  return grants.flatMap(({ name, rules }) => {
    const verbs = [...new Set(rules.flatMap((rule) => rule.verbs))].filter((verb) => !reading.includes(verb));
    if (verbs.length === 0) return [];
    return [
      {
        message: `runtime chitin: grant ${name} has verbs that change something: ${verbs.join(', ')}`,
        why: 'The program only ever reads the API: no tool of it would use them, and whoever took it over could.',
        help: 'Let it propose changes with `patches`, give the grant to a tool with a pod of its own, or use another runtime.',
      },
    ];
  });
}

function drainProblems(seconds: number): Problem[] {
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 600) return [];
  return [
    {
      message: `runtime chitin: drain is ${seconds} s`,
      help: 'Give whole seconds, from 1 to 600.',
    },
  ];
}

/** Without a user or password, which is a problem of its own. */
function hostAndPath(url: string): string {
  const { host = '', pathname = '' } = URL.parse(url) ?? {};
  return host + pathname;
}
