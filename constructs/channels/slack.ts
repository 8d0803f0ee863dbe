import { httpsTo } from '../network/flow.ts';
import type { Problem } from '../problem.ts';
import type { Channel } from './channel.ts';
import { idProblems, nobodyProblems } from './ids.ts';

/** Member id of a person: `U…`, or `W…` in an Enterprise Grid. Slack shows it in the profile's menu, "Copy member ID". */
export type SlackUser = `U${string}` | `W${string}`;

/** Id of a channel: `C…`, or `G…` of an older private one. Slack shows it at the bottom of the channel's details. */
export type SlackChannel = `C${string}` | `G${string}`;

/** Options of `slack()`. The workspace is known by the tokens, which are secrets. */
export interface SlackOptions {
  /**
   * People whom the agent obeys, in direct messages and in `channels`; everyone else is dropped. A display name is no id:
   * everybody may choose any.
   */
  readonly people: readonly [SlackUser, ...SlackUser[]];
  /** Channels in which the agent answers these people. @default none: direct messages alone */
  readonly channels?: readonly SlackChannel[];
}

/**
 * Slack in socket mode: the agent opens every connection itself, so nothing has to reach it. Slack says at each connection
 * which of its hosts to use (`apps.connections.open`: wss-primary.slack.com, wss-backup.slack.com); files are at
 * files.slack.com.
 */
export function slack(options: SlackOptions): Channel<'slack'> {
  return {
    kind: 'slack',
    options,
    secret: {
      name: 'slack',
      keys: {
        'bot-token': 'bot token of the Slack app (xoxb-…), from "OAuth & Permissions" once it is installed',
        'app-token': 'app-level token of the Slack app (xapp-…) with the scope connections:write, for socket mode',
      },
    },
    flows: [httpsTo('slack.com', 'channel slack'), httpsTo('*.slack.com', 'channel slack')],
    problems: problemsOf(options),
  };
}

function problemsOf({ people, channels = [] }: SlackOptions): Problem[] {
  return [
    ...nobodyProblems('slack', people, 'List the member ids of the people whom the agent obeys.'),
    ...idProblems('channel slack: person', people, /^[UW][A-Z0-9]{5,20}$/, {
      not: 'a member id',
      why: 'Names in Slack are chosen by their owners, so another person could take the name.',
      help: 'Use the id that starts with U or W (Slack: the profile, its menu, "Copy member ID").',
    }),
    ...idProblems('channel slack: channel', channels, /^[CG][A-Z0-9]{5,20}$/, {
      not: 'a channel id',
      why: 'Channels are matched by id, and messages from others are dropped.',
      help: 'Use the id that starts with C or G (Slack: at the bottom of the details of the channel).',
    }),
  ];
}
